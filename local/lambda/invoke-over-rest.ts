import { notEmulated, type AwsRequest, type AwsResponse } from '../aws/handle-aws-request.ts';
import { AwsError } from '../aws/service.ts';
import type { LocalFunction } from './local-function.ts';

const invocationPath = /^\/2015-03-31\/functions\/([^/?]+)\/invocations$/;

function parsePayload(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json');
  }
}

async function answer(target: LocalFunction, payload: unknown): Promise<AwsResponse> {
  const result = await target.invoke(payload);
  const headers = { 'content-type': 'application/json', 'x-amz-executed-version': '$LATEST' };
  if (result.ok) return { status: 200, headers, body: JSON.stringify(result.payload) };
  return {
    status: 200,
    headers: { ...headers, 'x-amz-function-error': 'Unhandled' },
    body: JSON.stringify(result.error),
  };
}

/** Lambda's Invoke on the wire; undefined when the path is another's. Takes a function's name or ARN. */
export function createInvokeOverRest(
  functions: readonly LocalFunction[],
): (request: AwsRequest) => Promise<AwsResponse> | undefined {
  return (request) => {
    const path = request.path.split('?')[0] ?? '';
    const encodedName = invocationPath.exec(path)?.[1];
    if (encodedName === undefined || request.method !== 'POST') return undefined;
    const name = decodeURIComponent(encodedName);
    const target = functions.find((each) => each.name === name || each.arn === name);
    if (target === undefined) {
      return Promise.reject(
        new AwsError('ResourceNotFoundException', `Function not found: ${name}`, { status: 404 }),
      );
    }
    const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
    if (type !== 'RequestResponse')
      return Promise.reject(notEmulated(`Lambda Invoke with InvocationType ${type}`));
    return Promise.resolve().then(() => answer(target, parsePayload(request.body)));
  };
}
