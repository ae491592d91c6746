import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sublarrId, sonarrId } from '../test/builders/a-source.ts';
import { noonMs } from '../test/builders/an-event.ts';
import { aSublarrWebhook } from '../test/builders/sublarr-webhook.ts';
import { catalog, publishableEventNames } from './catalog.ts';
import { eventIdSchema } from './event.ts';
import { inboundEventId, isSentInTime, readSublarrWebhook, sentToleranceMs } from './inbound-sublarr.ts';
import { idempotencyWindowMs } from './limits.ts';

const read = (name: string, data: unknown) =>
  readSublarrWebhook(JSON.parse(aSublarrWebhook(name, data, { secret: 's', sentAtMs: noonMs }).body));

describe('a webhook of Sublarr', () => {
  test.each(publishableEventNames)('with a %s is that event, sent when it says', (name) => {
    expect(read(name, catalog[name].sample)).toEqual({
      kind: 'event',
      eventName: name,
      data: catalog[name].sample,
      leftOut: [],
      sentAtMs: noonMs,
    });
  });

  test('keeps the keys that the catalog has not, nulls, and text in any language', () => {
    const data = {
      wanted_id: 7,
      output_path: '/m/葬送.ass',
      provider: 'jimaku',
      upgraded: false,
      score: null,
    };
    expect(read('wanted_item_processed', data)).toMatchObject({ data, leftOut: [] });
  });

  test('leaves out known keys of the wrong type and tells so', () => {
    const data = { score: 'n/a', title: 'Mushishi', extra: { deep: 1 } };
    expect(read('wanted_item_processed', data)).toMatchObject({
      data: { title: 'Mushishi', extra: { deep: 1 } },
      leftOut: [{ key: 'score', expected: 'integer' }],
    });
  });

  test('without data keeps none', () => {
    expect(read('batch_complete', {})).toMatchObject({ kind: 'event', data: {} });
  });

  test('from its test button is known: all its values are the same text', () => {
    expect(read('config_updated', { changed_keys: 'test_value', source: 'test_value' })).toEqual({
      kind: 'test',
    });
  });

  test.each(['provider_state_changed', 'wanted_item_searched', 'hook_executed', 'constructor'])(
    'with a %s, which nobody may publish here, is told apart',
    (name) => {
      expect(read(name, { provider: 'subdl' })).toEqual({ kind: 'unknown', eventName: name });
    },
  );

  const body = { event_name: 'batch_complete', version: 1, timestamp: '2026-11-22T12:00:00Z', data: {} };
  test.each([
    [null],
    [[body]],
    [{ ...body, event_name: undefined }],
    [{ ...body, timestamp: 1_795_000_000 }],
    [{ ...body, timestamp: 'yesterday' }],
    [{ ...body, timestamp: '2026-11-22T12:00:00' }],
    [{ ...body, data: [] }],
    [{ ...body, data: null }],
  ])('is not %j', (wrong) => {
    expect(() => readSublarrWebhook(wrong)).toThrow(expect.objectContaining({ code: 'unprocessable' }));
  });
});

describe('a repetition', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 200 });

  test('has the id of the first, and another body or source has not', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), (body, place) => {
        const changed = body.slice();
        const at = place % body.length;
        changed[at] = (changed[at] ?? 0) ^ 1;
        const id = inboundEventId(sublarrId, body);
        expect(inboundEventId(sublarrId, body.slice())).toBe(id);
        expect(inboundEventId(sublarrId, changed)).not.toBe(id);
        expect(inboundEventId(sonarrId, body)).not.toBe(id);
        expect(eventIdSchema.safeParse(id).success).toBe(true);
        expect(id.startsWith('evt_')).toBe(false);
      }),
    );
  });

  test('that is taken for its time is one whose id is still remembered', () => {
    const age = fc.integer({ min: -2 * idempotencyWindowMs, max: 2 * idempotencyWindowMs });
    fc.assert(
      fc.property(age, age, (first, second) => {
        const [earlier, later] = [Math.min(first, second), Math.max(first, second)];
        fc.pre(isSentInTime(0, earlier) && isSentInTime(0, later));
        expect(later - earlier).toBeLessThanOrEqual(idempotencyWindowMs);
      }),
    );
    expect([sentToleranceMs, sentToleranceMs + 1].map((ms) => isSentInTime(noonMs, noonMs + ms))).toEqual([
      true,
      false,
    ]);
  });
});
