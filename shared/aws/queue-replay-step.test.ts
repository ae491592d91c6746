import { expect, test } from 'vitest';
import { aViewer } from '../../test/builders/a-viewer.ts';
import { fakeClient, noPause } from '../../test/builders/fake-client.ts';
import { createQueueReplayStep } from './queue-replay-step.ts';

const step = { replay: { ...aViewer(), since: 'cursor' }, pass: 2 };
const asEntries = (value: unknown) => value as { Id: string; MessageBody: string; DelaySeconds: number }[];

test('a step is queued whole, with its delay', async () => {
  const { client, calls } = fakeClient(() => ({}));
  await createQueueReplayStep(client, 'queue', noPause)(step, 4);
  const [entry] = asEntries(calls[0]?.['Entries']);
  expect(calls[0]).toMatchObject({ QueueUrl: 'queue' });
  expect(entry?.DelaySeconds).toBe(4);
  expect(JSON.parse(entry?.MessageBody ?? '')).toEqual(step);
});

test('a step that SQS reports as failed is queued again, and is an error when it stays so', async () => {
  const busy = (refusals: number) =>
    fakeClient(({ Entries }, call) =>
      call < refusals ? { Failed: asEntries(Entries).map(({ Id }) => ({ Id })) } : {},
    );
  const once = busy(1);
  await createQueueReplayStep(once.client, 'queue', noPause)(step, 0);
  expect(once.calls).toHaveLength(2);
  await expect(createQueueReplayStep(busy(99).client, 'queue', noPause)(step, 0)).rejects.toThrow('SQS');
});
