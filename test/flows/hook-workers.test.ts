import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestStack } from '../support/test-stack.ts';
import type { TestStack } from '../support/test-stack.ts';

/** More than two workers run at a time. */
const meeting = 17;
/** More than two workers are to begin with. */
const hooks = 121;

let running: TestStack;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sublarr-events-meeting-'));
  // Scripts run as another user.
  chmodSync(folder, 0o777);
  running = await startTestStack(undefined, { hookWorkers: 3 });
});
afterAll(async () => {
  await running.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('a backlog is worked off by several workers at a time, each run once', async () => {
  // Ends only when as many others run at the same time, and gives up after a while.
  const script = `#!/bin/sh
mktemp ${folder}/XXXXXXXX >/dev/null
for _ in $(seq 300); do
  [ "$(ls ${folder} | wc -l)" -ge ${meeting} ] && exit 0
  sleep 0.1
done
exit 1
`;
  expect((await running.api.put('/api/v1/scripts/meet.sh', script)).status).toBe(201);
  const made = await Promise.all(
    Array.from({ length: hooks }, (_, index) =>
      running.api.post('/api/v1/hooks', {
        name: `meet ${index}`,
        script: 'meet.sh',
        event_name: 'upgrade_complete',
        timeout_seconds: 60,
      }),
    ),
  );
  const ids: string[] = made.map(({ body }) => body.id);

  const event = await running.api.post('/api/v1/events', { event_name: 'upgrade_complete', data: {} });
  expect(event.status).toBe(202);
  const runs = (await Promise.all(ids.map((id) => running.waitForExecutions(id, 1)))).flat();

  expect(runs).toHaveLength(hooks);
  expect(new Set(runs.map(({ state }) => state))).toEqual(new Set(['delivered']));
});
