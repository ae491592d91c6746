import type { LiveEvent, LiveFrame, LiveReference } from '../../client/live-frame.ts';
import { catalogVersion, isEventName, isMetaEvent } from '../../shared/catalog.ts';
import { findSecretProblem, generateSecret, prepareSecret } from '../../shared/signature.ts';
import type { Context } from '../command.ts';
import { defineCommand } from '../command.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import { createForwardEvent, describeAttempt, pauseFor } from '../forward-event.ts';
import type { Forwarded } from '../forward-event.ts';
import { createLanes, renderFrame } from '../listen-frames.ts';
import { readNames, readNumber } from '../read-data.ts';
import { toPrintable } from '../terminal.ts';

/** Forwarded at a time: one slow answer does not hold up the stream. */
const forwardedAtATime = 8;
const timeoutSeconds = 10;
const retriesDefault = 3;

type Happened = LiveEvent | LiveReference;
const isHappened = (frame: LiveFrame): frame is Happened =>
  frame.kind === 'event' || frame.kind === 'reference';

/** The body that a webhook would send. What the stream only refers to is fetched, for which a key needs `read`. */
async function renderBody(frame: Happened, context: Context): Promise<string> {
  const { event: event_name, timestamp } = frame;
  if (frame.kind === 'event') {
    return JSON.stringify({ event_name, version: catalogVersion, timestamp, data: frame.data });
  }
  const { version, data } = await context.client().events.get(frame.id, {}, { signal: context.signal });
  return JSON.stringify({ event_name, version, timestamp, data });
}

function readTarget(text: string): URL {
  const url = URL.parse(text);
  if (url !== null && (url.username !== '' || url.password !== '')) {
    throw new UsageError('--forward-to holds a user name or a password: leave them out.');
  }
  if (url !== null && ['http:', 'https:'].includes(url.protocol)) return url;
  throw new UsageError(
    `--forward-to must be a URL, such as http://127.0.0.1:9000/hook, not ${JSON.stringify(text)}.`,
  );
}

function readSecret(given: string | undefined, { terminal, isJson }: Context): string {
  if (given === undefined) {
    const made = generateSecret();
    // Not with the result: what reads that knows nothing of secrets.
    terminal.note(`Signing with ${made}`);
    if (!isJson) terminal.note('Give one with --secret or SUBLARR_EVENTS_SECRET to keep it.');
    return made;
  }
  const problem = findSecretProblem(given);
  if (problem !== undefined) throw new UsageError(`--secret ${problem}.`);
  return given;
}

/** Forwards frames; each attempt is a line. */
function createForwarding(context: Context, target: string, secret: string | undefined, retries: number) {
  const { terminal, isJson, signal, now } = context;
  const { paint } = terminal;
  const url = readTarget(target);
  const key = prepareSecret(readSecret(secret, context));
  const lanes = createLanes(forwardedAtATime);
  const forward = createForwardEvent({
    url,
    signing: { secrets: [{ key, untilMs: Infinity }], privateKeys: [], headers: {} },
    retries,
    timeoutSeconds,
    signal,
    now,
    random: Math.random,
    fetch,
    pause: pauseFor,
    onAttempt: ({ id, eventName }, result, retryInSeconds) => {
      const outcome = describeAttempt(result);
      const isDelivered = result.kind === 'answered' && result.status < 300;
      if (isJson) {
        terminal.printJson({
          id,
          event: eventName,
          delivered: isDelivered,
          outcome,
          retry_in_seconds: retryInSeconds ?? null,
        });
        return;
      }
      const again = retryInSeconds === undefined ? '' : `, again in ${retryInSeconds} s`;
      const text = `${toPrintable(outcome)}${again}`;
      terminal.print(
        `${paint.dim(new Date(now()).toISOString())}  ${paint.bold(toPrintable(eventName))}  ${paint.dim(toPrintable(id))}  ${isDelivered ? paint.green(text) : paint.red(text)}  ${Math.round(result.durationMs)} ms`,
      );
    },
  });
  return {
    take: (frame: Happened) =>
      lanes.begin(async () => {
        const forwarded: Forwarded = {
          id: frame.id,
          eventName: frame.event,
          body: await renderBody(frame, context),
        };
        await forward(forwarded);
      }),
    finish: lanes.finish,
  };
}

/** A webhook gets no `hook_executed` and no progress. */
const isForWebhooks = ({ event }: Happened): boolean => isEventName(event) && !isMetaEvent(event);

export const listen = defineCommand({
  name: 'listen',
  summary: 'Shows events as they happen, or forwards them to a receiver on this machine',
  args: [],
  details:
    'A connection that breaks is opened again, and goes on where it broke. Needs a key with the scope live.\nWith --forward-to, each event is posted as a webhook would, signed and tried again: for a receiver that the\nAPI cannot reach, on a laptop or behind a router. Ctrl-C ends it with exit code 0.',
  options: {
    events: { type: 'string', value: 'NAMES', help: 'these alone, separated by commas' },
    since: { type: 'string', value: 'CURSOR', help: 'begins with what happened after this frame' },
    count: { type: 'string', value: 'N', help: 'ends after so many events' },
    'forward-to': { type: 'string', value: 'URL', help: 'posts them there' },
    secret: {
      type: 'string',
      value: 'SECRET',
      help: 'signs what is posted, or SUBLARR_EVENTS_SECRET; made unless told',
    },
    retries: { type: 'string', value: 'N', help: `tries after the first: ${retriesDefault} unless told` },
  },
  examples: [
    'listen',
    'listen --events subtitle_downloaded,hook_executed',
    `|sublarr-events listen --json | jq -r '.data.series_title'`,
    'listen --forward-to http://127.0.0.1:9000/hook --secret whsec_…',
  ],
  async run(context, { values }) {
    const { terminal, isJson, environment, signal } = context;
    const count = readNumber(values.count, '--count') ?? Infinity;
    const retries = readNumber(values.retries, '--retries') ?? retriesDefault;
    const target = values['forward-to'];
    const secret = values.secret ?? environment['SUBLARR_EVENTS_SECRET'];
    const forwarding = target === undefined ? undefined : createForwarding(context, target, secret, retries);
    const ending = new AbortController();
    const frames = context.client().watch({
      events: readNames(values.events),
      since: values.since,
      signal: AbortSignal.any([signal, ending.signal]),
      onConnected: () => terminal.note('Listening.'),
      onInterrupted: ({ message }, waitMs) =>
        terminal.note(`${toPrintable(message)} Connecting again in ${(waitMs / 1000).toFixed(1)} s.`),
    });
    let taken = 0;
    for await (const frame of frames) {
      if (forwarding === undefined) {
        if (isJson) terminal.printJson(frame);
        else terminal.print(renderFrame(frame, terminal.paint));
      } else if (isHappened(frame)) {
        if (values.events === undefined && !isForWebhooks(frame)) continue;
        await forwarding.take(frame);
      } else {
        terminal.note(renderFrame(frame, terminal.paint));
      }
      if (isHappened(frame) && ++taken >= count) break;
    }
    ending.abort();
    await forwarding?.finish();
    return exitCodes.ok;
  },
});
