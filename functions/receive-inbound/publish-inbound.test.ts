import { expect, test } from 'vitest';
import { anEvent } from '../../test/builders/an-event.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import type { Claim } from '../../shared/aws/publish-claims.ts';
import type { CatalogEvent } from '../../shared/event.ts';
import { createPublishInbound } from './publish-inbound.ts';

const ours: Claim = { kind: 'ours', timestamp: '2026-11-22T11:59:59.000Z' };

function inbound({ claim = ours, reason = '', settles = true } = {}) {
  const published: CatalogEvent[] = [];
  const settled: [string, boolean][] = [];
  const log = collectLog();
  const publishing = createPublishInbound({
    publishEvents: async (events) => {
      if (reason !== '') return events.map((event) => ({ event, reason }));
      published.push(...events);
      return [];
    },
    claims: {
      claim: async () => claim,
      settle: async (events) => {
        if (!settles) throw new Error('no table');
        settled.push(
          ...events.map(({ event, published }) => [event.timestamp, published] as [string, boolean]),
        );
      },
    },
    log,
  });
  return { ...publishing, published, settled, log };
}

test('an id that is new is published with the time of its claim, and then known as published', async () => {
  const { publishOnce, published, settled } = inbound();
  await expect(publishOnce(anEvent())).resolves.toBe('published');
  expect(published).toEqual([anEvent({ timestamp: ours.timestamp })]);
  expect(settled).toEqual([[ours.timestamp, true]]);
});

test('an id that is on the bus is not published again', async () => {
  const { publishOnce, published } = inbound({ claim: { kind: 'published' } });
  await expect(publishOnce(anEvent())).resolves.toBe('repeated');
  expect(published).toEqual([]);
});

test('an id that another request is publishing is to be sent again: that one may fail', async () => {
  const { publishOnce, published } = inbound({ claim: { kind: 'underway' } });
  await expect(publishOnce(anEvent())).rejects.toMatchObject({ status: 503 });
  expect(published).toEqual([]);
});

test('what the bus does not take is to be sent again, and its claim is free for that', async () => {
  const { publish, publishOnce, settled } = inbound({ reason: 'ThrottlingException' });
  const refusal = { status: 503, message: expect.stringMatching(/ThrottlingException.*send it again/) };
  await expect(publishOnce(anEvent())).rejects.toMatchObject(refusal);
  expect(settled).toEqual([[ours.timestamp, false]]);
  await expect(publish(anEvent())).rejects.toMatchObject(refusal);
});

test('what is on the bus was taken, although its claim cannot be settled', async () => {
  const { publishOnce, log } = inbound({ settles: false });
  await expect(publishOnce(anEvent())).resolves.toBe('published');
  expect(log.lines).toMatchObject([{ level: 'warn', message: 'claim not settled', event_id: 'evt_01' }]);
});
