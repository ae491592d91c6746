import { describe, expect, test } from 'vitest';
import { fakeClient, noPause } from '../../test/builders/fake-client.ts';
import { writeItems } from './write-items.ts';
import type { WriteRequest } from './write-items.ts';

const put = (sk: string, value = 0): WriteRequest => ({ PutRequest: { Item: { pk: 'p', sk, value } } });
const remove = (sk: string): WriteRequest => ({ DeleteRequest: { Key: { pk: 'p', sk } } });
const requestsOf = (call: Record<string, unknown> | undefined) =>
  ((call?.['RequestItems'] ?? {}) as Record<string, WriteRequest[]>)['table'] ?? [];

describe('writing items', () => {
  test('takes calls of twenty-five', async () => {
    const { client, calls } = fakeClient(() => ({}));
    await writeItems(
      client,
      'table',
      Array.from({ length: 51 }, (_, i) => put(String(i))),
      noPause,
    );
    expect(calls.map((call) => requestsOf(call).length)).toEqual([25, 25, 1]);
  });

  test('of nothing makes no call', async () => {
    const { client, calls } = fakeClient(() => ({}));
    await writeItems(client, 'table', [], noPause);
    expect(calls).toEqual([]);
  });

  test('names each key once: the last request for it stands', async () => {
    const { client, calls } = fakeClient(() => ({}));
    await writeItems(client, 'table', [put('a', 1), put('b'), put('a', 2), remove('b')], noPause);
    expect(requestsOf(calls[0])).toEqual([put('a', 2), remove('b')]);
  });

  test('keeps keys apart that only look alike', async () => {
    const { client, calls } = fakeClient(() => ({}));
    const alike = [
      { PutRequest: { Item: { pk: 'a', sk: 'b,c' } } },
      { PutRequest: { Item: { pk: 'a,b', sk: 'c' } } },
    ];
    await writeItems(client, 'table', alike, noPause);
    expect(requestsOf(calls[0])).toHaveLength(2);
  });

  test('writes again what was left unprocessed', async () => {
    const { client, calls } = fakeClient((_input, call) =>
      call === 0 ? { UnprocessedItems: { table: [put('b')] } } : { UnprocessedItems: {} },
    );
    await writeItems(client, 'table', [put('a'), put('b')], noPause);
    expect(calls.map(requestsOf)).toEqual([[put('a'), put('b')], [put('b')]]);
  });

  test('throws, and says how many, when some are unprocessed to the end', async () => {
    const { client } = fakeClient(() => ({ UnprocessedItems: { table: [put('b')] } }));
    await expect(writeItems(client, 'table', [put('a'), put('b')], noPause)).rejects.toThrow(
      'DynamoDB left 1 of 2 writes to table unprocessed',
    );
  });
});
