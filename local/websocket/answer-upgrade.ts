import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import type { InvocationResult } from '../lambda/local-function.ts';

/** What the function behind `$connect` decided. */
export type Admission =
  | { readonly kind: 'accepted'; readonly subprotocol: string | undefined }
  | { readonly kind: 'refused'; readonly status: number; readonly body: string };

const answer = z.object({
  statusCode: z.coerce.number().int().min(100).max(599),
  headers: z.record(z.string(), z.coerce.string()).nullish(),
  body: z.string().nullish(),
});

const message = (text: string): string => JSON.stringify({ message: text });

/** Any answer but a 2xx refuses; a crash, or an answer without a status, is API Gateway's 502. */
export function readAdmission(result: InvocationResult): Admission {
  const parsed = answer.safeParse(result.ok ? result.payload : undefined);
  if (!parsed.success) return { kind: 'refused', status: 502, body: message('Internal server error') };
  const { statusCode, headers, body } = parsed.data;
  if (statusCode < 200 || statusCode > 299) {
    return { kind: 'refused', status: statusCode, body: body ?? message(STATUS_CODES[statusCode] ?? '') };
  }
  const subprotocol = Object.entries(headers ?? {}).find(
    ([name]) => name.toLowerCase() === 'sec-websocket-protocol',
  );
  return { kind: 'accepted', subprotocol: subprotocol?.[1] };
}

/** Answers a request for an upgrade with a status instead, and closes. */
export function refuseUpgrade(socket: Duplex, status: number, body: string): void {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

export const refuseUpgradeWith = (socket: Duplex, status: number): void => {
  refuseUpgrade(socket, status, message(STATUS_CODES[status] ?? ''));
};
