import { expect, test } from 'vitest';
import { aViewer } from '../../test/builders/a-viewer.ts';
import { collectLog } from '../../test/builders/collect-log.ts';
import { createCutViewer } from './cut-viewer.ts';

const outage = new Error('outage');

async function cut(closing: Promise<void> = Promise.resolve()) {
  const done: string[] = [];
  const log = collectLog();
  await createCutViewer({
    closeConnection: async (connectionId) => {
      done.push(`close ${connectionId}`);
      await closing;
    },
    removeViewer: async ({ connection_id }) => void done.push(`forget ${connection_id}`),
    log,
  })(aViewer({ connection_id: 'c' }));
  return { done, log };
}

test('a viewer is cut off, and then forgotten', async () => {
  const { done, log } = await cut();
  expect(done).toEqual(['close c', 'forget c']);
  expect(log.lines).toMatchObject([{ level: 'warn', connection_id: 'c' }]);
});

test('a connection that could not be ended keeps its viewer, who is told of the next event', async () => {
  const { done, log } = await cut(Promise.reject(outage));
  expect(done).toEqual(['close c']);
  expect(log.lines).toMatchObject([{ level: 'error', connection_id: 'c', error: outage }]);
});
