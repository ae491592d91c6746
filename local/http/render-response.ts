import { z } from 'zod';

/** What goes out to the client. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Buffer;
}

const headerValue = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const structured = z.object({
  statusCode: z.coerce.number().int().min(100).max(599),
  headers: z.record(z.string(), headerValue).nullish(),
  cookies: z.array(z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (invocation payload)
const payloadBytesMax = 6 * 1024 * 1024;

/** One of API Gateway's own answers, such as `{"message":"Not Found"}`. */
export function gatewayAnswer(status: number, message: string): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    cookies: [],
    body: Buffer.from(JSON.stringify({ message })),
  };
}

export const internalServerError: HttpResponse = gatewayAnswer(500, 'Internal Server Error');

function hasStatusCode(payload: unknown): boolean {
  return typeof payload === 'object' && payload !== null && 'statusCode' in payload;
}

/**
 * What API Gateway makes of a function's answer in payload format 2.0: with a `statusCode` as told, else a 200 with
 * the answer as JSON. An answer that it cannot use, or one over 6 MB, is a 500.
 */
export function renderResponse(payload: unknown): HttpResponse {
  if (!hasStatusCode(payload)) {
    const body = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload ?? null));
    if (body.length > payloadBytesMax) return internalServerError;
    return { status: 200, headers: { 'content-type': 'application/json' }, cookies: [], body };
  }
  const parsed = structured.safeParse(payload);
  if (!parsed.success) return internalServerError;
  const { statusCode, headers, cookies, body, isBase64Encoded } = parsed.data;
  const bytes = Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8');
  if (bytes.length > payloadBytesMax) return internalServerError;
  const lowerCased = Object.entries(headers ?? {}).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  return {
    status: statusCode,
    // Without one API Gateway says text/plain.
    headers: { 'content-type': 'text/plain; charset=utf-8', ...Object.fromEntries(lowerCased) },
    cookies: cookies ?? [],
    body: bytes,
  };
}
