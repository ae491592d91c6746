import type { AwsRequest, AwsResponse } from './handle-aws-request.ts';
import type { AwsError } from './service.ts';

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function xml(status: number, body: string): AwsResponse {
  return {
    status,
    headers: { 'content-type': 'text/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  };
}

/** The service that a request was signed for, by its credential scope. */
export function signedService(request: AwsRequest): string | undefined {
  return /\/[^/]+\/([^/]+)\/aws4_request/.exec(request.headers['authorization'] ?? '')?.[1];
}

/** Does the caller speak the query protocol: `Action=ListTopics` in a form? */
export function isQueryProtocol(request: AwsRequest): boolean {
  return request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
}

/**
 * The refusal in the words of a caller who reads XML, so that an SDK shows its code and message; undefined for a
 * caller who reads JSON.
 */
export function answerNotJson(request: AwsRequest, error: AwsError): AwsResponse | undefined {
  if (request.headers['x-amz-target'] !== undefined) return undefined;
  const code = `<Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>`;
  if (isQueryProtocol(request)) {
    return xml(error.status, `<ErrorResponse><Error><Type>Sender</Type>${code}</Error></ErrorResponse>`);
  }
  return signedService(request) === 's3' ? xml(error.status, `<Error>${code}</Error>`) : undefined;
}
