import { afterEach, describe, expect, it } from 'vitest';
import { startReceiver } from '../../test/builders/start-receiver.ts';
import { readTaskArn } from './read-task-arn.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(status: number, body: unknown) {
  const paths: (string | undefined)[] = [];
  const server = await startReceiver((request, response) => {
    paths.push(request.url);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  closing.push(server.close);
  return { uri: `http://127.0.0.1:${server.port}/v4/abc`, paths };
}

describe('which task a container is', () => {
  it('is asked of the metadata address that ECS gives it', async () => {
    const { uri, paths } = await serve(200, { Cluster: 'c', TaskARN: 'arn:task/abc', Family: 'f' });
    expect(await readTaskArn(uri)).toBe('arn:task/abc');
    expect(paths).toEqual(['/v4/abc/task']);
  });

  it.each([
    [404, {}],
    [200, { Cluster: 'c' }],
    [200, 'no object'],
  ])('is an error by name when the answer is %i %j', async (status, body) => {
    const { uri } = await serve(status, body);
    await expect(readTaskArn(uri)).rejects.toThrow(
      `The task metadata at ${uri}/task (ECS_CONTAINER_METADATA_URI_V4)`,
    );
  });
});
