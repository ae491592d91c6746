import { afterAll, beforeAll, expect, test } from 'vitest';
import { monotonicMs } from './monotonic-ms.ts';
import { type ReceiverProcess, receiverPath, startReceiverProcess } from './receiver-process.ts';
import { dataOf } from './sample-event.ts';

let receiver: ReceiverProcess;

beforeAll(async () => {
  receiver = await startReceiverProcess();
});
afterAll(() => receiver.stop());

const post = (path: string, number: number) =>
  fetch(receiver.origin + path, { method: 'POST', body: JSON.stringify({ data: dataOf(number) }) });

test('tells when a group is complete and when each event arrived, on the clock that all processes share', async () => {
  const path = receiverPath('clock', 'ok', 0);
  const complete = receiver.expect('clock', 2, 10_000);
  const before = monotonicMs();
  await post(path, 0);
  await post(path, 1);
  const after = monotonicMs();
  expect(await complete).toMatchObject({ accepted: 2, duplicates: 0 });
  const [first = 0, second = 0] = await receiver.arrivals(path);
  expect(first).toBeGreaterThan(before);
  expect(second).toBeGreaterThan(first);
  expect(second).toBeLessThan(after);
});

test('a flaky path refuses the first attempt of each delivery and takes the second', async () => {
  const path = receiverPath('flaky', 'flaky', 0);
  const statuses: number[] = [];
  for (const number of [0, 1, 1, 0]) statuses.push((await post(path, number)).status);
  expect(statuses).toEqual([503, 503, 200, 200]);
  expect(await receiver.tally('flaky')).toMatchObject({
    arrived: 2,
    accepted: 2,
    duplicates: 0,
    requests: 4,
  });
});

test('answers with what it has when a group stays incomplete', async () => {
  expect(await receiver.expect('nobody', 1, 1)).toMatchObject({ accepted: 0, requests: 0 });
});
