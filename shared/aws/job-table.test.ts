import { afterAll, beforeAll, expect, test } from 'vitest';
import { aJob } from '../../test/builders/a-job.ts';
import { noonMs } from '../../test/builders/an-event.ts';
import { ledgerTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { createJobId } from '../job.ts';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { openJobs } from './job-table.ts';

let tables: TestTables;
beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

const open = (nowMs = noonMs) => openJobs(tables.dynamo, ledgerTable, () => nowMs);

test('a job is kept as it was added, and adding it again changes nothing', async () => {
  const jobs = open();
  const job = aJob({ page: [{ sk: 'a#b', round: 1 }] });
  await jobs.add(job);
  await jobs.add({ ...job, done: 7 });
  await expect(jobs.get(job.tenant, job.id)).resolves.toEqual(job);
  await expect(jobs.get('somebody', job.id)).resolves.toBeUndefined();
});

test('of two workers that write the same revision one goes on', async () => {
  const jobs = open();
  const job = aJob();
  await jobs.add(job);
  const write = () => jobs.update(job.tenant, job.id, { done: 1, revision: 1 }, { revision: 0 });
  expect([await write(), await write()]).toEqual([{ ...job, done: 1, revision: 1 }, undefined]);
});

test('jobs are listed newest first, page by page, without those that have expired', async () => {
  const tenant = 'listed';
  const added = [1, 2, 3].map((seconds) => aJob({ tenant, id: createJobId(noonMs + seconds * 1000) }));
  for (const job of added) await open().add(job);
  const first = await open().list(tenant, { limit: 2 });
  expect(first.items).toEqual([added[2], added[1]]);
  const second = await open().list(tenant, { limit: 2, beforeId: first.nextKey });
  expect(second).toEqual({ items: [added[0]], nextKey: undefined });
  const late = await open(noonMs + 31 * 24 * 3_600_000).list(tenant, { limit: 2 });
  expect(late.items).toEqual([]);
});

test('a job of a release that replayed nothing but webhooks is one of its webhook', async () => {
  const { endpoint_id, ...fields } = aJob({ tenant: 'earlier' });
  const key = { pk: 'earlier#job', sk: fields.id };
  await tables.dynamo.send(
    new PutCommand({ TableName: ledgerTable, Item: { ...key, ...fields, webhook_id: endpoint_id } }),
  );
  const job = { ...fields, endpoint_id };
  await expect(open().get('earlier', fields.id)).resolves.toEqual(job);
  expect((await open().list('earlier', { limit: 2 })).items).toEqual([job]);
  const cancelled = await open().update('earlier', fields.id, { state: 'cancelled' }, { state: 'queued' });
  expect(cancelled).toEqual({ ...job, state: 'cancelled' });
});
