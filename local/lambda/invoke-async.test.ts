import { expect, test } from 'vitest';
import { createInvokeAsync } from './invoke-async.ts';
import type { InvocationResult, LocalFunction } from './local-function.ts';

const failure: InvocationResult = {
  ok: false,
  error: { errorType: 'Error', errorMessage: 'boom' },
  requestId: 'r',
};
const success: InvocationResult = { ok: true, payload: null, requestId: 'r' };

function create(results: InvocationResult[], stopping = new AbortController().signal) {
  const kept: string[] = [];
  const delays: number[] = [];
  const payloads: unknown[] = [];
  const target: LocalFunction = {
    name: 'fn',
    arn: 'arn',
    label: 'fn',
    timeoutSeconds: 3,
    invoke: async (payload) => {
      payloads.push(payload);
      return results.shift() ?? failure;
    },
  };
  const send = createInvokeAsync({
    target,
    invocation: {
      retriesMax: 2,
      onFailure: async (inputs) => {
        kept.push(...inputs);
        return inputs.map(() => undefined);
      },
    },
    now: () => new Date(0),
    stopping,
    pause: async (ms) => delays.push(ms),
  });
  return { send, kept, delays, payloads };
}

test('a success after a failure counts as taken, and nothing is kept', async () => {
  const { send, kept, delays, payloads } = create([failure, success]);
  expect(await send(['{"a":1}'])).toEqual([undefined]);
  expect([kept, delays, payloads]).toEqual([[], [1000], [{ a: 1 }, { a: 1 }]]);
});

test('a third failure lies in the failure queue with its payload and error', async () => {
  const { send, kept } = create([]);
  expect(await send(['{"a":1}'])).toEqual([undefined]);
  expect(kept.map((text) => JSON.parse(text))).toMatchObject([
    {
      requestContext: { approximateInvokeCount: 3 },
      requestPayload: { a: 1 },
      responsePayload: { errorMessage: 'boom' },
    },
  ]);
});

test('a failure while the stack stops is not taken, so that its sender keeps it', async () => {
  const { send, kept } = create([], AbortSignal.abort());
  expect(await send(['{}'])).toEqual(['fn failed while the stack was stopping']);
  expect(kept).toEqual([]);
});
