import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { AwsError, type AwsService } from '../../../local/aws/service.ts';

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return JSON.parse(Buffer.concat(chunks).toString());
}

/** Serves one AWS service over HTTP on a free loopback port. */
export async function listenForSqs(makeService: (baseUrl: () => string) => AwsService): Promise<{
  url: string;
  arrived: () => Promise<void>;
  gone: () => Promise<void>;
  close: () => Promise<void>;
}> {
  let url = '';
  const service = makeService(() => url);
  const arrived: (() => void)[] = [];
  const gone: (() => void)[] = [];
  const server = createServer((request, response) => {
    const caller = new AbortController();
    response.once('close', () => {
      caller.abort();
      if (!response.writableFinished) gone.shift()?.();
    });
    const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-type': service.contentType, ...headers });
      response.end(JSON.stringify(body));
    };
    const operation = service.operations[String(request.headers['x-amz-target']).split('.')[1] ?? ''];
    bodyOf(request)
      .then((input) => {
        if (operation === undefined) throw new AwsError('NotEmulated', 'Not emulated.');
        const output = operation(input, { signal: caller.signal });
        arrived.shift()?.();
        return output;
      })
      .then(
        (output) => answer(200, output),
        (error: unknown) => {
          const known =
            error instanceof AwsError
              ? error
              : new AwsError('InternalFailure', String(error), { status: 500 });
          answer(
            known.status,
            { __type: `com.amazonaws.sqs#${known.code}`, message: known.message },
            known.queryCode === undefined ? {} : { 'x-amzn-query-error': `${known.queryCode};Sender` },
          );
        },
      );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    /** Resolves when an operation has started; each call stands for one more. */
    arrived: () => new Promise((resolve) => arrived.push(resolve)),
    /** Resolves when a caller left before its answer; each call stands for one more. */
    gone: () => new Promise((resolve) => gone.push(resolve)),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
