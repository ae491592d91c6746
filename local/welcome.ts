import type { RunningStack } from './start-stack.ts';

type Facts = Pick<RunningStack, 'apiUrl' | 'liveUrl' | 'apiKey' | 'awsEndpoint' | 'dataPath'>;

/** What scripts read: one line of JSON. */
export function formatReady({ apiUrl, liveUrl, apiKey }: Facts): string {
  return JSON.stringify({ api_url: apiUrl, live_url: liveUrl, api_key: apiKey });
}

/** A word as a shell takes it. */
function quote(word: string): string {
  return /^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** What people read: where everything is, and three lines to copy. */
export function formatWelcome(facts: Facts, isEphemeral: boolean): string {
  const { apiUrl, apiKey, liveUrl } = facts;
  const curl = `curl -sS -H 'X-Api-Key: ${apiKey}'`;
  const json = "-H 'Content-Type: application/json'";
  const subscription = { name: 'first', event_name: 'subtitle_downloaded' };
  const webhook = JSON.stringify({ ...subscription, url: 'http://127.0.0.1:9000/' });
  const hook = JSON.stringify({ ...subscription, script: 'hello' });
  const data = { language: 'en', format: 'srt', score: 312, movie_title: 'Metropolis' };
  const event = JSON.stringify({ event_name: 'subtitle_downloaded', data });
  const script = String.raw`printf '#!/bin/sh\necho "$SUBLARR_EVENT: $SUBLARR_MOVIE_TITLE"\n'`;
  return `
sublarr-events is ready.

  API            ${apiUrl}
  live events    ${liveUrl ?? 'none'}   (WebSocket subprotocols: sublarr-events, key.<API key>)
  API key        ${apiKey}
  data           ${isEphemeral ? 'in memory, gone when it stops' : facts.dataPath}
  AWS endpoint   ${facts.awsEndpoint}   (set -a; . ${quote(`${facts.dataPath}/aws.env`)}; aws sqs list-queues --endpoint-url "$AWS_ENDPOINT_URL")

Create a webhook:
${curl} ${json} -d '${webhook}' ${apiUrl}/api/v1/webhooks

Upload a hook script and subscribe it:
${script} | ${curl} -H 'Content-Type: text/plain' -X PUT --data-binary @- ${apiUrl}/api/v1/scripts/hello && ${curl} ${json} -d '${hook}' ${apiUrl}/api/v1/hooks

Publish an event:
${curl} ${json} -d '${event}' ${apiUrl}/api/v1/events

`;
}
