import { describe, expect, test } from 'vitest';
import type { AwsRequest } from './aws/handle-aws-request.ts';
import type { LocalFunction } from './lambda/local-function.ts';
import { createMetering, type Usage } from './meter.ts';

const signal = new AbortController().signal;
const request = (target: string, body: unknown): AwsRequest => ({
  method: 'POST',
  path: '/?x=1',
  headers: target === '' ? {} : { 'x-amz-target': target },
  body: Buffer.from(JSON.stringify(body)),
  signal,
});

function metered() {
  const usages: Usage[] = [];
  return { usages, metering: createMetering((usage) => usages.push(usage)) };
}

const echo = async ({ body }: AwsRequest) => ({ status: 200, headers: {}, body });
const sayHello: LocalFunction = {
  name: 'f1',
  arn: 'arn',
  label: 'say-hello',
  timeoutSeconds: 1,
  invoke: async () => ({ ok: true, payload: 'hello', requestId: 'r' }),
};

describe('a meter', () => {
  test('that nobody asked for leaves everything as it is', () => {
    const metering = createMetering(undefined);
    expect(metering.awsCalls(echo)).toBe(echo);
    expect(metering.functions([sayHello], [])).toEqual([sayHello]);
  });

  test('is told of each call with what went in and came out, by its target or its path', async () => {
    const { usages, metering } = metered();
    const handle = metering.awsCalls(echo);
    await handle(request('AmazonSQS.SendMessage', { a: 1 }));
    await handle(request('', {}));
    expect(usages).toEqual([
      {
        kind: 'aws-call',
        target: 'AmazonSQS.SendMessage',
        status: 200,
        input: Buffer.from('{"a":1}'),
        output: Buffer.from('{"a":1}'),
      },
      expect.objectContaining({ target: 'POST /' }),
    ]);
  });

  test('has DynamoDB tell the capacity that a call took, and no other service', async () => {
    const { metering } = metered();
    const handle = metering.awsCalls(echo);
    const asked = async (target: string) =>
      JSON.parse((await handle(request(target, { a: 1 }))).body.toString());
    await expect(asked('DynamoDB_20120810.PutItem')).resolves.toEqual({
      a: 1,
      ReturnConsumedCapacity: 'INDEXES',
    });
    await expect(asked('AWSEvents.PutEvents')).resolves.toEqual({ a: 1 });
  });

  test('is told of each invocation, which answers as before', async () => {
    const { usages, metering } = metered();
    const model = {
      logicalId: 'F',
      name: 'f1',
      arn: 'arn',
      label: 'say-hello',
      directory: '/',
      handler: 'index.handler',
      timeoutSeconds: 1,
      memoryMegabytes: 256,
      environment: {},
    };
    const [target] = metering.functions([sayHello], [model]);
    await expect(target?.invoke({})).resolves.toMatchObject({ payload: 'hello' });
    const [usage] = usages;
    expect(usage).toMatchObject({ kind: 'invocation', functionName: 'say-hello', memoryMegabytes: 256 });
  });

  test('is told of what rules send and event sources take', async () => {
    const { usages, metering } = metered();
    metering.targets({ send: () => [] }).send('q', [{ body: 'one' }, { body: 'two' }]);
    const polled = metering.polled({
      receive: async () => [],
      deleteBatch: (_, handles) => handles.map(() => ({ outcome: 'deleted' as const })),
    });
    await polled.receive('q', { max: 10, signal });
    polled.deleteBatch('q', ['h1', 'h2']);
    expect(usages).toEqual([
      { kind: 'target-send', queueName: 'q', bodies: ['one', 'two'] },
      { kind: 'poll-receive', queueName: 'q', bodies: [] },
      { kind: 'poll-delete', queueName: 'q', count: 2 },
    ]);
  });
});
