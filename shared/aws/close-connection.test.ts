import { GoneException } from '@aws-sdk/client-apigatewaymanagementapi';
import { expect, test } from 'vitest';
import { fakeClient } from '../../test/builders/fake-client.ts';
import { createCloseConnection } from './close-connection.ts';

test('the connection is closed by its id', async () => {
  const { client, calls } = fakeClient(() => ({}));
  await createCloseConnection(client)('conn-1=');
  expect(calls).toEqual([{ ConnectionId: 'conn-1=' }]);
});

test('one that has ended is as good as closed, and an outage is told', async () => {
  const gone = new GoneException({ $metadata: {}, message: 'gone' });
  const outage = new Error('socket hang up');
  const answer = (error: Error) =>
    fakeClient(() => {
      throw error;
    }).client;
  await expect(createCloseConnection(answer(gone))('c')).resolves.toBeUndefined();
  await expect(createCloseConnection(answer(outage))('c')).rejects.toBe(outage);
});
