import * as z from 'zod';

/** One call of the API over HTTP, as any client makes it. A string is sent as text, anything else as JSON. */
export type CallApi = (
  method: string,
  path: string,
  body?: unknown,
) => Promise<{ readonly status: number; readonly body: unknown }>;

export function createCallApi(apiUrl: string, apiKey: string): CallApi {
  return async (method, path, body) => {
    const response = await fetch(new URL(path, apiUrl), {
      method,
      headers: {
        'x-api-key': apiKey,
        'content-type': typeof body === 'string' ? 'text/plain' : 'application/json',
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };
}

const catalogSchema = z.object({
  events: z.array(z.object({ name: z.string(), sample: z.record(z.string(), z.unknown()) })),
});
export const readCatalog = (body: unknown) => catalogSchema.parse(body).events;

const createdSchema = z.object({ id: z.string(), secret: z.string().optional() });
export const readCreated = (body: unknown) => createdSchema.parse(body);

const logSchema = z.object({
  logs: z.array(
    z.object({
      id: z.string(),
      event_name: z.string(),
      success: z.boolean().nullable(),
      exit_code: z.int().nullable(),
      error: z.string().nullable(),
      duration_ms: z.number().nullable(),
    }),
  ),
});
export const readLogs = (body: unknown) => logSchema.parse(body).logs;
