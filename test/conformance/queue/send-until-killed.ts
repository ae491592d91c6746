// Run as a child process that the test kills: works on a queue file and says on stdout what was acknowledged.
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openQueues, startTimer } from '../../../local/sqs/open-queues.ts';

const queues = openQueues({
  file: process.argv[2] ?? '',
  now: Date.now,
  after: startTimer,
  newId: randomUUID,
});
queues.createQueue('q', { VisibilityTimeout: '43200' });

// Synchronous, so that what was said before the kill has left the process.
const say = (word: string, ids: readonly string[]) =>
  writeSync(1, ids.map((id) => `${word} ${id}\n`).join(''));

for (let round = 0; ; round++) {
  const bodies = Array.from({ length: 10 }, (_, index) => ({ body: `round ${round} message ${index}` }));
  say(
    'sent',
    queues.send('q', bodies).flatMap((sent) => (sent.outcome === 'sent' ? [sent.messageId] : [])),
  );
  const received = await queues.receive('q', { max: 6, waitMs: 0 });
  const finished = received.slice(0, 3);
  // Said before it is done: a kill in between leaves a message that may be there or not.
  say(
    'deleting',
    finished.map(({ messageId }) => messageId),
  );
  queues.deleteBatch(
    'q',
    finished.map(({ receiptHandle }) => receiptHandle),
  );
  say(
    'deleted',
    finished.map(({ messageId }) => messageId),
  );
  await nextTurn();
}
