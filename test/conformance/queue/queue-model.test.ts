import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createManualClock } from './manual-clock.ts';
import { drain, openTestQueues, receiveNow, sendBodies } from './open-test-queues.ts';

/** What the model knows of a message; a deleted one is forgotten. */
interface Known {
  /** Not to be received before this time; undefined while only a delay of the past stood in the way. */
  visibleAt: number;
  isInFlight: boolean;
  receiveCount: number;
  receiptHandle: string | undefined;
}

const seconds = fc.constantFrom(0, 1, 5, 30);
const step = fc.oneof(
  fc.record({
    act: fc.constant('send' as const),
    count: fc.integer({ min: 1, max: 5 }),
    delaySeconds: seconds,
    groupId: fc.constantFrom(undefined, 'a', 'b'),
  }),
  fc.record({ act: fc.constant('receive' as const), max: fc.integer({ min: 1, max: 10 }), timeout: seconds }),
  fc.record({ act: fc.constant('delete' as const), nth: fc.nat(50) }),
  fc.record({ act: fc.constant('change' as const), nth: fc.nat(50), timeout: seconds }),
  fc.record({ act: fc.constant('give back' as const), nth: fc.nat(50) }),
  fc.record({ act: fc.constant('advance' as const), by: fc.constantFrom(0.5, 1, 10, 60) }),
  fc.record({ act: fc.constant('reopen' as const) }),
);

describe('the embedded queue against a model', () => {
  let folder: string;
  let runs = 0;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'queues-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('whatever is done in whatever order, no message is lost, served twice at a time, or deleted by an old receipt', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const file = join(folder, `${runs++}.sqlite`);
        const clock = createManualClock();
        let queues = openTestQueues(file, clock);
        queues.createQueue('q', { MessageRetentionPeriod: '1209600' });
        const known = new Map<string, Known>();
        const handles: { id: string; handle: string }[] = [];

        const settle = () => {
          for (const message of known.values())
            if (message.isInFlight && message.visibleAt <= clock.now()) message.isInFlight = false;
        };
        const isCurrent = (id: string, handle: string) => known.get(id)?.receiptHandle === handle;

        for (const one of steps) {
          switch (one.act) {
            case 'send': {
              const { count, delaySeconds, groupId } = one;
              const sent = queues.send(
                'q',
                Array.from({ length: count }, () => ({ body: 'x', delaySeconds, groupId })),
              );
              for (const each of sent)
                if (each.outcome === 'sent')
                  known.set(each.messageId, {
                    visibleAt: clock.now() + delaySeconds * 1_000,
                    isInFlight: false,
                    receiveCount: 0,
                    receiptHandle: undefined,
                  });
              break;
            }
            case 'receive': {
              const visible = [...known.values()].filter(({ visibleAt }) => visibleAt <= clock.now()).length;
              const received = await queues.receive('q', {
                max: one.max,
                waitMs: 0,
                visibilityTimeoutSeconds: one.timeout,
              });
              expect(received.length).toBe(Math.min(one.max, visible));
              for (const { messageId, receiptHandle, receiveCount } of received) {
                const message = known.get(messageId);
                expect(message?.visibleAt).toBeLessThanOrEqual(clock.now());
                expect(receiveCount).toBe((message?.receiveCount ?? 0) + 1);
                known.set(messageId, {
                  visibleAt: clock.now() + one.timeout * 1_000,
                  isInFlight: one.timeout > 0,
                  receiveCount,
                  receiptHandle,
                });
                handles.push({ id: messageId, handle: receiptHandle });
              }
              break;
            }
            case 'delete': {
              const target = handles[one.nth % Math.max(handles.length, 1)];
              if (target === undefined) break;
              const [deleted] = queues.deleteBatch('q', [target.handle]);
              expect(deleted?.outcome === 'deleted').toBe(isCurrent(target.id, target.handle));
              if (isCurrent(target.id, target.handle)) known.delete(target.id);
              break;
            }
            case 'change': {
              const target = handles[one.nth % Math.max(handles.length, 1)];
              if (target === undefined) break;
              const message = known.get(target.id);
              const mayChange = isCurrent(target.id, target.handle) && message?.isInFlight === true;
              const [changed] = queues.changeVisibilityBatch('q', [
                { receiptHandle: target.handle, visibilityTimeoutSeconds: one.timeout },
              ]);
              expect(changed?.outcome).toBe(mayChange ? 'changed' : 'refused');
              if (mayChange && message !== undefined) {
                message.visibleAt = clock.now() + one.timeout * 1_000;
                message.isInFlight = one.timeout > 0;
              }
              break;
            }
            case 'give back': {
              const target = handles[one.nth % Math.max(handles.length, 1)];
              if (target === undefined) break;
              const message = known.get(target.id);
              queues.giveBack('q', [target.handle]);
              if (isCurrent(target.id, target.handle) && message?.isInFlight === true)
                known.set(target.id, {
                  visibleAt: clock.now(),
                  isInFlight: false,
                  receiveCount: message.receiveCount - 1,
                  receiptHandle: undefined,
                });
              break;
            }
            case 'advance':
              clock.advance(one.by);
              break;
            case 'reopen':
              // Brings the file up to the present, as any call would: receives that ended by now count.
              queues.counts('q');
              queues.close();
              queues = openTestQueues(file, clock);
              for (const message of known.values()) {
                message.receiptHandle = undefined;
                if (!message.isInFlight) continue;
                message.isInFlight = false;
                message.visibleAt = clock.now();
                message.receiveCount--;
              }
              break;
          }
          settle();
          const counts = queues.counts('q');
          const all = [...known.values()];
          expect(counts).toEqual({
            visible: all.filter(({ visibleAt }) => visibleAt <= clock.now()).length,
            inFlight: all.filter(({ isInFlight }) => isInFlight).length,
            delayed: all.filter(({ visibleAt, isInFlight }) => visibleAt > clock.now() && !isInFlight).length,
          });
        }

        clock.advance(60);
        const left = await drain(queues, 'q');
        expect(new Set(left.map(({ messageId }) => messageId))).toEqual(new Set(known.keys()));
        expect(left).toHaveLength(known.size);
        queues.close();
      }),
      { numRuns: 300 },
    );
  });

  it('a message is received by one receiver at a time however many receive at once', async () => {
    const queues = openTestQueues();
    queues.createQueue('q');
    const sent = sendBodies(
      queues,
      'q',
      Array.from({ length: 500 }, (_, index) => `${index}`),
    );
    const received = (await Promise.all(Array.from({ length: 100 }, () => receiveNow(queues, 'q')))).flat();
    expect(new Set(received.map(({ messageId }) => messageId))).toEqual(new Set(sent));
    expect(received).toHaveLength(500);
    queues.close();
  });
});
