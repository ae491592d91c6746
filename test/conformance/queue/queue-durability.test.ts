import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StartError } from '../../../local/start-error.ts';
import { createManualClock } from './manual-clock.ts';
import { drain, openTestQueues, receiveNow, sendBodies } from './open-test-queues.ts';

describe('a queue file', () => {
  let folder: string;
  let file: string;
  const clock = createManualClock();
  const open = () => openTestQueues(file, clock);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'queues-'));
    file = join(folder, 'queues.sqlite');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('keeps queues, their attributes and every part of a message', async () => {
    const before = open();
    const { arn } = before.createQueue('dead');
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 3 });
    const described = before.createQueue('q', { VisibilityTimeout: '77', RedrivePolicy });
    const attributes = { flag: { DataType: 'Binary', BinaryValue: 'AAH+/w==' } };
    before.send('q', [{ body: 'Grüße 🎬', groupId: 'wh_1', attributes, traceHeader: 'Root=1' }]);
    const sentAt = clock.now();
    clock.advance(60);
    before.close();

    const after = open();
    expect(after.list()).toEqual(['dead', 'q']);
    expect(after.describe('q')).toEqual({ ...described, counts: { visible: 1, inFlight: 0, delayed: 0 } });
    expect(await receiveNow(after, 'q')).toMatchObject([
      {
        body: 'Grüße 🎬',
        groupId: 'wh_1',
        attributes: JSON.stringify(attributes),
        traceHeader: 'Root=1',
        sentAt,
      },
    ]);
    after.close();
  });

  it('gives back what was in flight: visible at once, the receive not counted, old handles invalid', async () => {
    const before = open();
    before.createQueue('q', { VisibilityTimeout: '43200' });
    sendBodies(before, 'q', ['x']);
    const [first] = await receiveNow(before, 'q');
    before.changeVisibilityBatch('q', [
      { receiptHandle: first?.receiptHandle ?? '', visibilityTimeoutSeconds: 0 },
    ]);
    const [inFlight] = await receiveNow(before, 'q');
    expect(inFlight?.receiveCount).toBe(2);
    before.close();

    const after = open();
    const [again] = await receiveNow(after, 'q');
    expect(again).toMatchObject({ messageId: inFlight?.messageId, receiveCount: 2 });
    const old = inFlight?.receiptHandle ?? '';
    expect(after.deleteBatch('q', [old])).toMatchObject([
      { outcome: 'refused', error: { code: 'ReceiptHandleIsInvalid' } },
    ]);
    expect(
      after.changeVisibilityBatch('q', [{ receiptHandle: old, visibilityTimeoutSeconds: 0 }]),
    ).toMatchObject([{ outcome: 'refused', error: { code: 'ReceiptHandleIsInvalid' } }]);
    after.close();
  });

  it('however often the process dies, restarts alone bring no message to the dead-letter queue', async () => {
    const first = open();
    const { arn } = first.createQueue('dead');
    first.createQueue('q', {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 1 }),
    });
    sendBodies(first, 'q', ['x']);
    first.close();
    for (let restart = 0; restart < 5; restart++) {
      const queues = open();
      expect(await receiveNow(queues, 'q')).toMatchObject([{ body: 'x', receiveCount: 1 }]);
      queues.close();
    }
  });

  it('keeps receives that ended, dead letters and their source', async () => {
    const before = open();
    const { arn } = before.createQueue('dead');
    before.createQueue('q', {
      VisibilityTimeout: '5',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 2 }),
    });
    sendBodies(before, 'q', ['poison', 'fine']);
    await receiveNow(before, 'q', 1);
    clock.advance(5);
    expect(before.counts('q').visible).toBe(2);
    before.close();

    const between = open();
    const [poison] = await receiveNow(between, 'q', 1);
    expect(poison).toMatchObject({ body: 'poison', receiveCount: 2 });
    clock.advance(5);
    expect(await receiveNow(between, 'q')).toMatchObject([{ body: 'fine' }]);
    between.close();

    const after = open();
    expect(await receiveNow(after, 'dead')).toMatchObject([
      { body: 'poison', receiveCount: 3, deadLetterSourceArn: after.describe('q').arn },
    ]);
    expect(after.counts('q')).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
    after.close();
  });

  it('lets no message outlive its retention while it is closed for days, and counts on afterwards', async () => {
    const days = (count: number) => count * 24 * 60 * 60;
    const before = open();
    before.createQueue('q', { MessageRetentionPeriod: `${days(4)}` });
    sendBodies(before, 'q', ['first']);
    clock.advance(days(3));
    before.send('q', [{ body: 'second', delaySeconds: 900 }]);
    before.close();
    clock.advance(days(30));

    const after = open();
    expect((await receiveNow(after, 'q')).map(({ body }) => body)).toEqual(['first', 'second']);
    clock.advance(days(1));
    expect(after.counts('q')).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
    clock.advance(days(3));
    expect(after.counts('q')).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    after.close();
  });

  it('keeps delays and retention running while it is closed for a moment', async () => {
    const before = open();
    before.createQueue('q', { MessageRetentionPeriod: '600' });
    before.send('q', [{ body: 'later', delaySeconds: 100 }, { body: 'now' }]);
    before.close();
    clock.advance(99);
    const between = open();
    expect(between.counts('q')).toEqual({ visible: 1, inFlight: 0, delayed: 1 });
    clock.advance(1);
    expect(between.counts('q').visible).toBe(2);
    between.close();
    clock.advance(500);
    const after = open();
    expect(after.counts('q')).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    after.close();
  });

  it('goes on with a move task that was running', async () => {
    const before = open();
    const { arn } = before.createQueue('dead');
    before.createQueue('q', {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 1 }),
    });
    before.createQueue('other');
    sendBodies(before, 'dead', ['a', 'b', 'c']);
    before.startMoveTask({ source: 'dead', destination: 'other', messagesPerSecond: 1 });
    clock.advance(1);
    before.close();
    const after = open();
    clock.advance(2);
    expect(after.listMoveTasks('dead', 1)).toMatchObject([{ status: 'COMPLETED', moved: 3, toMove: 3 }]);
    expect(after.counts('other').visible).toBe(3);
    after.close();
  });

  it('loses no acknowledged send and brings back no acknowledged delete when the process is killed under load', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'send-until-killed.ts'), file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const said = { sent: new Set<string>(), deleting: new Set<string>(), deleted: new Set<string>() };
    for await (const line of createInterface({ input: child.stdout })) {
      const [word, id] = line.split(' ');
      if (id?.length !== 36 || (word !== 'sent' && word !== 'deleting' && word !== 'deleted')) continue;
      said[word].add(id);
      if (said.sent.size === 2_000) child.kill('SIGKILL');
    }
    expect(await exited).toEqual([null, 'SIGKILL']);

    const queues = openTestQueues(file, createManualClock(Date.now()));
    const left = await drain(queues, 'q');
    queues.close();
    const leftIds = new Set(left.map(({ messageId }) => messageId));
    expect(leftIds.size).toBe(left.length);
    expect(left.every(({ receiveCount }) => receiveCount === 1)).toBe(true);
    expect([...said.deleted].filter((id) => leftIds.has(id))).toEqual([]);
    expect([...said.sent].filter((id) => !leftIds.has(id) && !said.deleting.has(id))).toEqual([]);
    // One batch may have been written but not yet acknowledged.
    expect([...leftIds].filter((id) => !said.sent.has(id)).length).toBeLessThanOrEqual(10);
    expect(said.deleted.size).toBeGreaterThan(100);
  });
});

describe('a queue file that cannot be used is one clear error', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'queues-'));
    file = join(folder, 'queues.sqlite');
  });
  afterEach(() => {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true });
  });

  const write = (sql: string) => {
    const db = new DatabaseSync(file);
    db.exec(sql);
    db.close();
  };
  const corrupt = () => {
    const queues = openTestQueues(file);
    queues.createQueue('q');
    sendBodies(
      queues,
      'q',
      Array.from({ length: 200 }, (_, index) => `${index} ${'x'.repeat(500)}`),
    );
    queues.close();
    const db = new DatabaseSync(file);
    const bytes = Buffer.from(db.serialize());
    db.close();
    // Past the header and the schema, so that it opens as a database of ours.
    bytes.fill(0xff, 4_096 * 8);
    writeFileSync(file, bytes);
  };

  it.each([
    ['text', () => writeFileSync(file, 'not a database '.repeat(100)), 'broken or not a SQLite file'],
    ['damaged', corrupt, 'broken or not a SQLite file'],
    ['of another program', () => write('CREATE TABLE songs (title TEXT)'), "another program's SQLite file"],
    [
      'of another program that marks its files',
      () => write('PRAGMA application_id = 7; PRAGMA user_version = 1'),
      "another program's SQLite file",
    ],
    [
      'of a newer version',
      () => {
        openTestQueues(file).close();
        write('PRAGMA user_version = 99');
      },
      'newer version (schema 99',
    ],
    ['a folder', () => mkdirSync(file), 'cannot be opened'],
    ['without a folder', () => rmSync(folder, { recursive: true }), 'its folder must exist'],
  ])('%s', (_what, prepare, reason) => {
    prepare();
    const attempt = () => openTestQueues(file);
    expect(attempt).toThrow(StartError);
    expect(attempt).toThrow(file);
    expect(attempt).toThrow(reason);
    mkdirSync(folder, { recursive: true });
  });

  it('in use', () => {
    const queues = openTestQueues(file);
    expect(() => openTestQueues(file)).toThrow(`${file} is in use by another process`);
    queues.close();
    openTestQueues(file).close();
  });

  it('queues that were closed say so', () => {
    const queues = openTestQueues();
    queues.createQueue('q');
    queues.close();
    queues.close();
    expect(() => queues.send('q', [{ body: 'x' }])).toThrow('The queues are closed.');
  });
});
