import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import dynalite from 'dynalite';
import type { AwsRequest, AwsRequestHandler, AwsResponse } from '../aws/handle-aws-request.ts';
import { AwsError } from '../aws/service.ts';
import { notEmulated } from '../aws/handle-aws-request.ts';
import { describeError, StartError } from '../start-error.ts';
import { closeIterators } from './close-iterators.ts';

/** DynamoDB on LevelDB, in this process and without a socket of its own. */
export interface DynamoEngine {
  readonly targetPrefix: 'DynamoDB_20120810';
  readonly handle: AwsRequestHandler;
  /** Calls one operation directly; throws AwsError with DynamoDB's own code. */
  call(operation: string, input: unknown): Promise<unknown>;
  close(): Promise<void>;
}

const targetPrefix = 'DynamoDB_20120810';

interface LevelFolder {
  open(): Promise<void>;
  close(): Promise<void>;
}

/** dynalite throws out of a callback when its folder cannot be opened: find that out before it does. */
async function probe(path: string): Promise<void> {
  const { Level }: { Level: new (path: string) => LevelFolder } = createRequire(
    createRequire(import.meta.url).resolve('dynalite'),
  )('level');
  const folder = new Level(path);
  try {
    await folder.open();
    await folder.close();
  } catch (error) {
    throw new StartError(
      `The tables in ${path} cannot be opened (${describeError(error)}). Restore the data folder from a copy, or give an empty one with --data DIR.`,
      { cause: error },
    );
  }
}

/** What dynalite uses of a server's response. */
class CollectedResponse {
  statusCode = 200;
  contentType = '';
  readonly #headers: Record<string, string> = {};
  readonly #settle: (response: AwsResponse) => void;

  constructor(settle: (response: AwsResponse) => void) {
    this.#settle = settle;
  }

  setHeader(name: string, value: string | number): void {
    this.#headers[name.toLowerCase()] = String(value);
  }

  end(body: string | Buffer = ''): void {
    const { 'content-length': _, 'transfer-encoding': __, ...headers } = this.#headers;
    this.#settle({ status: this.statusCode, headers, body });
  }
}

// dynalite wants a signature's shape and does not verify it; the endpoint has checked the key before.
const ownHeaders = {
  'content-type': 'application/x-amz-json-1.0',
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/local/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=local',
  'x-amz-date': '20260101T000000Z',
};

function toError(response: AwsResponse): AwsError {
  const parsed: unknown = JSON.parse(response.body.toString());
  const { __type, message, Message } = Object(parsed);
  const code = String(__type).split('#').at(-1) ?? 'InternalFailure';
  return new AwsError(code, String(message ?? Message ?? code), { status: response.status });
}

/** Operations that dynalite answers; everything else is refused by name. */
const emulated: ReadonlySet<string> = new Set([
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'UpdateItem',
  'UpdateTable',
]);

/** Opens the tables in the folder, or in memory when `path` is undefined. Throws StartError when they are broken. */
export async function openDynalite(path: string | undefined): Promise<DynamoEngine> {
  if (path !== undefined) await probe(path);
  closeIterators();
  const timings = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
  const server = dynalite(path === undefined ? timings : { ...timings, path });

  const handle: AwsRequestHandler = async (request) => {
    const operation = (request.headers['x-amz-target'] ?? '').slice(targetPrefix.length + 1);
    if (!emulated.has(operation)) throw notEmulated(`DynamoDB ${operation}`);
    // A request read to its end beforehand: dynalite throws out of the event loop when a sender goes away halfway.
    const { method, path: url, headers } = request;
    const incoming = Object.assign(Readable.from([request.body]), { method, url, headers });
    return new Promise((resolve) => {
      server.emit('request', incoming, new CollectedResponse(resolve));
    });
  };

  return {
    targetPrefix,
    handle,
    call: async (operation, input) => {
      const request: AwsRequest = {
        method: 'POST',
        path: '/',
        headers: { ...ownHeaders, 'x-amz-target': `${targetPrefix}.${operation}` },
        body: Buffer.from(JSON.stringify(input)),
        signal: AbortSignal.timeout(60_000),
      };
      const response = await handle(request);
      if (response.status !== 200) throw toError(response);
      return JSON.parse(response.body.toString());
    },
    close: async () => {
      // Only a listening server closes its database: https://github.com/architect/dynalite (index.js, server.close)
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      await new Promise<void>((resolve, reject) => {
        server.close((error) => {
          if (error) reject(error);
          else resolve();
        });
      });
    },
  };
}
