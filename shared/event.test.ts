import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anEvent, noon, noonMs } from '../test/builders/an-event.ts';
import { eventNames } from './catalog.ts';
import { createEvent, eventSchema, matchesSubscription, renderBody } from './event.ts';

test('an event is stamped with the version and the time, and travels as JSON unchanged', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        fc.jsonValue(),
      ),
      (data) => {
        const event = createEvent({ id: 'e', tenant: 't', eventName: 'config_updated', data }, noonMs);
        expect(event).toMatchObject({ version: 1, timestamp: noon });
        const text = JSON.stringify(event);
        expect(JSON.stringify(eventSchema.parse(JSON.parse(text)))).toBe(text);
      },
    ),
  );
});

test('the body has the original’s four fields in its order, and neither id nor tenant', () => {
  const body = renderBody(anEvent({ data: { a: 1 } }));
  expect(body).toBe(`{"event_name":"subtitle_downloaded","version":1,"timestamp":"${noon}","data":{"a":1}}`);
});

test('a subscription fits its own names, and * fits all', () => {
  for (const name of eventNames) {
    expect(matchesSubscription(['*'], name)).toBe(true);
    expect(matchesSubscription([name], name)).toBe(true);
    expect(
      matchesSubscription(
        eventNames.filter((other) => other !== name),
        name,
      ),
    ).toBe(false);
  }
});
