import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Published } from './answers.ts';
import { SublarrEventsError } from './client-error.ts';
import { publishAll, splitIntoRequests } from './publish-all.ts';
import { eventsPerRequestMax, requestBodyBytesMax } from '../shared/limits.ts';

const events = (count: number, bytes = 1) =>
  Array.from({ length: count }, (_, index) => ({
    event_name: 'batch_complete' as const,
    data: { x: 'x'.repeat(bytes) },
    id: `e${index}`,
  }));

type Fault = { readonly status: number; readonly message: string };

/** A bus that takes each event but for the faults that are left of it. */
function bus(faults: Record<string, Fault[]>) {
  const requests: string[][] = [];
  const publish = async (given: readonly { readonly id: string }[]): Promise<Published> => {
    requests.push(given.map(({ id }) => id));
    const errors = given.flatMap(({ id }, index) => {
      const fault = faults[id]?.shift();
      return fault === undefined ? [] : [{ index, ...fault }];
    });
    return { ids: [], accepted: given.length - errors.length, failed: errors.length, errors };
  };
  return { publish, requests };
}

const outage: Fault = { status: 503, message: 'later' };
const mistake: Fault = { status: 422, message: 'no such event' };

describe('publishing many', () => {
  test('sends again what the bus did not take, with the same ids, and tells what is wrong by its place', async () => {
    const { publish, requests } = bus({ e1: [outage, outage], e2: [mistake] });
    const published = await publishAll(events(4), { publish, waitToRepeat: async () => true });
    expect(requests).toEqual([['e0', 'e1', 'e2', 'e3'], ['e1'], ['e1']]);
    expect(published).toEqual({
      ids: ['e0', 'e1', null, 'e3'],
      accepted: 3,
      failed: 1,
      errors: [{ index: 2, ...mistake }],
    });
  });

  test('gives up when that was tried often enough, and says of which events', async () => {
    const { publish } = bus({ e0: [outage, outage, outage] });
    const published = await publishAll(events(2), { publish, waitToRepeat: async (tries) => tries < 3 });
    expect(published).toMatchObject({ ids: [null, 'e1'], failed: 1, errors: [{ index: 0, status: 503 }] });
  });

  test('goes on with the next hundred when one request is refused as a whole', async () => {
    let requests = 0;
    const published = await publishAll(events(150), {
      publish: async (given) => {
        if (++requests === 1) {
          const details = [{ field: '[3]', message: 'the fourth' }];
          throw new SublarrEventsError({
            code: 'unprocessable',
            status: 422,
            message: 'none of them',
            details,
          });
        }
        return { ids: [], accepted: given.length, failed: 0, errors: [] };
      },
      waitToRepeat: async () => true,
    });
    expect(published).toMatchObject({ accepted: 50, failed: 100 });
    expect(published.errors[3]).toMatchObject({ index: 3, message: 'the fourth' });
    expect(published.ids[100]).toBe('e100');
  });

  test('throws when a request cannot be done at all', async () => {
    const publish = async (): Promise<Published> => {
      throw new SublarrEventsError({ code: 'unauthorized', status: 401, message: 'who are you' });
    };
    const publishing = publishAll(events(1), { publish, waitToRepeat: async () => true });
    await expect(publishing).rejects.toMatchObject({ code: 'unauthorized' });
  });
});

test('law: requests hold every event once, in order, a hundred at most, and no more bytes than are taken', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 260 }), (sizes) => {
      const placed = sizes.map((size, index) => ({
        event: { ...events(1, size)[0], id: `e${index}`, event_name: 'x', data: { x: 'x'.repeat(size) } },
        index,
      }));
      const parts = splitIntoRequests(placed);
      expect(parts.flat().map(({ index }) => index)).toEqual(sizes.map((_, index) => index));
      for (const part of parts) {
        expect(part.length).toBeLessThanOrEqual(eventsPerRequestMax);
        const body = JSON.stringify(part.map(({ event }) => event));
        expect(Buffer.byteLength(body)).toBeLessThanOrEqual(requestBodyBytesMax);
      }
    }),
    { numRuns: 30 },
  );
});
