import { Pool } from 'undici';
import { createEvent, renderBody } from '../shared/event.ts';
import { createEventId } from '../shared/ids.ts';
import { prepareSecret, signedHeaders } from '../shared/signature.ts';
import { monotonicMs } from './monotonic-ms.ts';
import { runMany } from './run-many.ts';
import { dataOf, sampleEventName } from './sample-event.ts';

// The ceiling, in a process of its own (ceiling.ts starts it): the same events as the stack gets, serialised, signed
// with both signatures and posted over warm connections to the same receiver, and nothing else.

const [origin = '', group = '', warmUp = '0', count = '0'] = process.argv.slice(2);
const atATime = 64;
const key = prepareSecret(`whsec_${Buffer.alloc(32, 7).toString('base64')}`);
const signing = { secrets: [{ key, untilMs: Infinity }], privateKeys: [], headers: {} };
const pool = new Pool(origin, { connections: atATime, pipelining: 1 });

const post = async (number: number): Promise<void> => {
  const now = Date.now();
  const id = createEventId(now);
  const event = createEvent({ id, tenant: 'default', eventName: sampleEventName, data: dataOf(number) }, now);
  const body = renderBody(event);
  const answer = await pool.request({
    method: 'POST',
    path: `/${group}/ok/0`,
    headers: signedHeaders({ id, eventName: event.event_name, body }, signing, now),
    body,
  });
  if (answer.statusCode !== 200) throw new Error(`The receiver answered ${answer.statusCode}`);
  await answer.body.dump();
};

await runMany(Number(warmUp), atATime, post);
const usedBefore = process.cpuUsage();
const startedAt = monotonicMs();
await runMany(Number(count), atATime, (number) => post(Number(warmUp) + number));
const seconds = (monotonicMs() - startedAt) / 1000;
const used = process.cpuUsage(usedBefore);
process.stdout.write(JSON.stringify({ seconds, cpuMs: (used.user + used.system) / 1000 }));
await pool.close();
