import { setTimeout as delay } from 'node:timers/promises';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { isEventName, publishableEventNames } from '../../shared/catalog.ts';
import type { RunningStack } from '../start-stack.ts';
import { createArrivals } from './arrivals.ts';
import type { Arrivals } from './arrivals.ts';
import { createCallApi, readCatalog, readCreated, readLogs } from './call-api.ts';
import type { CallApi } from './call-api.ts';
import { receiveWebhooks } from './receive-webhooks.ts';
import { watchLive } from './watch-live.ts';

const script = `#!/bin/sh
# The whole event is on stdin, its payload in SUBLARR_ variables.
echo "ran for $SUBLARR_EVENT"
`;
const timeoutMs = 120_000;
const pollMs = 100;
/** One for each delivery and each run. */
export const executionsExpected = publishableEventNames.length * 2;

async function expectCreated(call: CallApi, method: string, path: string, body: unknown) {
  const answer = await call(method, path, body);
  if (answer.status >= 300)
    throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return readCreated(answer.body);
}

/** Publishes each event once; the one that the system keeps to itself must be refused. */
async function publishAll(call: CallApi, arrivals: Arrivals): Promise<void> {
  const { body } = await call('GET', '/api/v1/events/catalog');
  for (const { name, sample } of readCatalog(body)) {
    if (!isEventName(name)) continue;
    const { status } = await call('POST', '/api/v1/events', { event_name: name, data: sample });
    const expected = name === 'hook_executed' ? 422 : 202;
    const text = status === 422 ? '422 not from outside' : String(status);
    arrivals.record(name, 'published', { ok: status === expected, text });
  }
}

/** Reads the log until each event's run is in it. */
async function watchRuns(
  call: CallApi,
  hookId: string,
  arrivals: Arrivals,
  signal: AbortSignal,
): Promise<void> {
  const known = new Set<string>();
  while (!signal.aborted) {
    const { body } = await call('GET', `/api/v1/hooks/logs?limit=200&hook_id=${hookId}`);
    for (const run of readLogs(body)) {
      if (run.success === null || known.has(run.id) || !isEventName(run.event_name)) continue;
      known.add(run.id);
      const took = `${Math.round(run.duration_ms ?? 0)} ms`;
      arrivals.record(run.event_name, 'hook', {
        ok: run.success,
        text: run.exit_code === null ? (run.error ?? 'no exit code') : `exit ${run.exit_code} in ${took}`,
      });
    }
    if (arrivals.isComplete()) return;
    await delay(pollMs);
  }
}

/** Waits until no message is in any queue: whatever could still trigger something has done so. */
async function waitUntilQuiet(stack: RunningStack, signal: AbortSignal): Promise<void> {
  const sqs = new SQSClient({
    endpoint: stack.awsEndpoint,
    region: stack.region,
    credentials: stack.awsCredentials,
  });
  const urls = [...new Set(Object.values(stack.resources.queueUrls))];
  while (!signal.aborted) {
    const counts = await Promise.all(
      urls.map(async (QueueUrl) => {
        const { Attributes } = await sqs.send(
          new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
        );
        return (
          Number(Attributes?.ApproximateNumberOfMessages) +
          Number(Attributes?.ApproximateNumberOfMessagesNotVisible) +
          Number(Attributes?.ApproximateNumberOfMessagesDelayed)
        );
      }),
    );
    if (counts.every((count) => count === 0)) return;
    await delay(pollMs);
  }
}

/**
 * The whole system at work: a webhook and a hook script subscribed to everything, each catalog event published once.
 * @param onChange called whenever a row of the table changed
 * @returns what went wrong, a line each
 */
export async function runDemo(
  stack: RunningStack,
  onChange: (arrivals: Arrivals) => void,
): Promise<readonly string[]> {
  const call = createCallApi(stack.apiUrl, stack.apiKey);
  const arrivals: Arrivals = createArrivals(() => onChange(arrivals));
  const signal = AbortSignal.timeout(timeoutMs);
  if (stack.liveUrl === null) throw new Error('the stack has no live stream');
  const viewer = await watchLive(stack.liveUrl, stack.apiKey);
  let secret = '';
  const receiver = await receiveWebhooks(
    () => secret,
    ({ eventName, problem }) => {
      if (!isEventName(eventName)) return;
      arrivals.record(eventName, 'webhook', {
        ok: problem === undefined,
        text: problem ?? 'signature verified',
      });
    },
  );
  try {
    const webhook = await expectCreated(call, 'POST', '/api/v1/webhooks', {
      name: 'demo',
      event_name: '*',
      url: receiver.url,
    });
    secret = webhook.secret ?? '';
    const uploaded = await call('PUT', '/api/v1/scripts/demo.sh', script);
    if (uploaded.status !== 201)
      throw new Error(`the script was not taken: ${JSON.stringify(uploaded.body)}`);
    const hook = await expectCreated(call, 'POST', '/api/v1/hooks', {
      name: 'demo',
      event_name: '*',
      script: 'demo.sh',
    });
    await publishAll(call, arrivals);
    await watchRuns(call, hook.id, arrivals, signal);
    await viewer.waitFor(executionsExpected, signal);
    await waitUntilQuiet(stack, signal);
    const timedOut = signal.aborted ? [`gave up after ${timeoutMs / 1000} s`] : [];
    const seen = viewer.count();
    const miscounted =
      seen === executionsExpected
        ? []
        : [`the live viewer saw ${seen} hook_executed events and not ${executionsExpected}`];
    return [...timedOut, ...arrivals.problems(), ...miscounted];
  } finally {
    viewer.close();
    receiver.close();
  }
}
