import { Pool } from 'undici';
import * as z from 'zod';
import type { StackProcess } from './stack-process.ts';

/** Connections to the API, as a busy producer holds them. */
export const connections = 64;

/** The API of a stack over warm connections. Every refusal throws. */
export interface Api {
  send(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<unknown>;
  /** Publishes a body that is ready to be sent; the answer is read only as far as its status. */
  publish(body: string): Promise<void>;
  close(): Promise<void>;
}

export function openApi({ apiUrl, apiKey }: Pick<StackProcess, 'apiUrl' | 'apiKey'>): Api {
  const pool = new Pool(apiUrl, { connections, pipelining: 1 });
  const json = { 'x-api-key': apiKey, 'content-type': 'application/json' };
  const text = { 'x-api-key': apiKey, 'content-type': 'text/plain' };
  const refuse = async (path: string, status: number, body: { text(): Promise<string> }): Promise<never> => {
    throw new Error(`${path} answered ${status}: ${(await body.text()).slice(0, 500)}`);
  };
  return {
    send: async (method, path, body) => {
      const isText = typeof body === 'string';
      const answer = await pool.request({
        method,
        path,
        headers: isText ? text : json,
        ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
      });
      if (answer.statusCode >= 300) return refuse(path, answer.statusCode, answer.body);
      return answer.body.json();
    },
    publish: async (body) => {
      const path = '/api/v1/events';
      const answer = await pool.request({ method: 'POST', path, headers: json, body });
      if (answer.statusCode !== 202) return refuse(path, answer.statusCode, answer.body);
      await answer.body.dump();
    },
    close: () => pool.close(),
  };
}

export const createdSchema = z.object({ id: z.string() });
