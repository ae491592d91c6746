import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { prepareSecret, signedContent, signStandard, signSublarr } from '../../shared/signature.ts';

/** A webhook as the demo's receiver got it. */
export interface ReceivedWebhook {
  readonly eventName: string;
  /** Why a signature does not hold; undefined when both do. */
  readonly problem: string | undefined;
}

const toleranceSeconds = 300;

function isEqual(actual: string | string[] | undefined, expected: string): boolean {
  const [a, b] = [Buffer.from(String(actual)), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Checks both signatures and the timestamp, as a receiver should. */
function findProblem(headers: IncomingHttpHeaders, body: string, secret: string): string | undefined {
  const id = String(headers['webhook-id']);
  const timestamp = Number(headers['webhook-timestamp']);
  if (!(Math.abs(Date.now() / 1000 - timestamp) < toleranceSeconds)) return 'the timestamp is off';
  const keys = prepareSecret(secret);
  if (!isEqual(headers['webhook-signature'], signStandard(keys, signedContent(id, timestamp, body)))) {
    return 'webhook-signature does not hold';
  }
  if (!isEqual(headers['x-sublarr-signature'], signSublarr(keys, body))) {
    return 'x-sublarr-signature does not hold';
  }
  return undefined;
}

/** Listens for webhooks on loopback. The secret is known only once the webhook is made. */
export async function receiveWebhooks(
  findSecret: () => string,
  onWebhook: (webhook: ReceivedWebhook) => void,
): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const problem = findProblem(request.headers, body, findSecret());
      response.writeHead(problem === undefined ? 204 : 401).end();
      onWebhook({ eventName: String(request.headers['x-sublarr-event']), problem });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
