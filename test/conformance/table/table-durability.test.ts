import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { openTestEngine } from './open-test-engine.ts';

const page = z.object({
  Items: z.array(z.object({ id: z.object({ S: z.string() }) })),
  LastEvaluatedKey: z.unknown().optional(),
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tables-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('a process killed under load loses no acknowledged write, tears no batch, and leaves table and index alike', async () => {
  const file = join(folder, 'tables.sqlite');
  const child = spawn(process.execPath, [join(import.meta.dirname, 'put-until-killed.ts'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const said = { put: new Set<string>(), deleting: new Set<string>(), deleted: new Set<string>() };
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, id] = line.split(' ');
    if (id?.length !== 36 || (word !== 'put' && word !== 'deleting' && word !== 'deleted')) continue;
    said[word].add(id);
    if (said.put.size === 2_000) child.kill('SIGKILL');
  }
  expect(await exited).toEqual([null, 'SIGKILL']);

  const { engine, stop } = openTestEngine(file);
  const idsOf = async (input: object): Promise<Set<string>> => {
    const ids = new Set<string>();
    let ExclusiveStartKey: unknown;
    do {
      const answer = page.parse(
        await engine.call('Scan', { TableName: 'rows', ...input, ExclusiveStartKey }),
      );
      for (const { id } of answer.Items) ids.add(id.S);
      ExclusiveStartKey = answer.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return ids;
  };
  const left = await idsOf({});
  expect(await idsOf({ IndexName: 'by-log' })).toEqual(left);
  await stop();
  expect([...said.deleted].filter((id) => left.has(id))).toEqual([]);
  expect([...said.put].filter((id) => !left.has(id) && !said.deleting.has(id))).toEqual([]);
  // One batch may have been written but not yet acknowledged.
  expect([0, 10]).toContain([...left].filter((id) => !said.put.has(id)).length);
  const halfDone = [...said.deleting].filter((id) => !said.deleted.has(id) && left.has(id)).length;
  expect([0, 3]).toContain(halfDone);
  expect(said.deleted.size).toBeGreaterThan(100);
});
