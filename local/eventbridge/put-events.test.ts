import { describe, expect, test } from 'vitest';
import { compileEventPattern } from '../../shared/event-pattern.ts';
import type { RuleModel } from '../template/read-rule.ts';
import { place } from '../template/template-fixture.ts';
import { createEventBuses, type SendToTarget } from './event-buses.ts';
import { createPutEvents } from './put-events.ts';

const queueArn = 'arn:aws:sqs:us-east-1:000000000000:work';

function rule(
  pattern: unknown,
  input: RuleModel['targets'][number]['input'] = { kind: 'path', path: '$.detail' },
): RuleModel {
  return {
    logicalId: 'Rule',
    name: 'rule',
    busName: 'bus',
    matches: compileEventPattern(pattern),
    targets: [{ id: 't', arn: queueArn, input, deadLetterArn: undefined }],
  };
}

function createBus(rules: readonly RuleModel[], send?: SendToTarget) {
  const taken: string[] = [];
  const takeAll: SendToTarget = async (inputs) => {
    taken.push(...inputs);
    return inputs.map(() => undefined);
  };
  const buses = createEventBuses({ busNames: ['bus'], rules, targets: () => send ?? takeAll });
  let ids = 0;
  const put = createPutEvents({
    buses,
    place,
    now: () => new Date('2026-11-22T10:00:00.500Z'),
    randomId: () => `id-${(ids += 1)}`,
  });
  return {
    taken,
    put: (...entries: object[]) => put({ Entries: entries }, { signal: new AbortController().signal }),
  };
}

const entry = { Source: 'app', DetailType: 'made', Detail: '{"id":1}', EventBusName: 'bus' };

describe('an accepted event reaches the targets of every matching rule', () => {
  test('only those that match', async () => {
    const { put, taken } = createBus([rule({ source: ['app'] }), rule({ source: ['other'] })]);
    expect(await put(entry, { ...entry, Detail: '{"id":2}' })).toEqual({
      FailedEntryCount: 0,
      Entries: [{ EventId: 'id-1' }, { EventId: 'id-2' }],
    });
    expect(taken).toEqual(['{"id":1}', '{"id":2}']);
  });

  test('a rule without input settings gets the whole event', async () => {
    const { put, taken } = createBus([rule({ source: ['app'] }, { kind: 'event' })]);
    await put({ ...entry, Time: 1_700_000_000, Resources: ['r'] });
    expect(JSON.parse(taken[0] ?? '')).toEqual({
      version: '0',
      id: 'id-1',
      'detail-type': 'made',
      source: 'app',
      account: '000000000000',
      time: '2023-11-14T22:13:20Z',
      region: 'us-east-1',
      resources: ['r'],
      detail: { id: 1 },
    });
  });

  test.each([
    ['a constant', { kind: 'constant', text: '{"x":1}' }, '{"x":1}'],
    ['a path', { kind: 'path', path: '$.detail.list[1].name' }, '"b"'],
    ['a path with a dash', { kind: 'path', path: '$.detail-type' }, '"made"'],
    ['a path that leads nowhere', { kind: 'path', path: '$.detail.none' }, 'null'],
    [
      'a template',
      {
        kind: 'template',
        paths: { n: '$.detail.n', who: '$.detail.who' },
        template: '{"n":<n>,"text":"hi <who>","w":<who>}',
      },
      '{"n":5,"text":"hi a \\"b\\"","w":"a \\"b\\""}',
    ],
    [
      'a template of text',
      { kind: 'template', paths: { n: '$.detail.n' }, template: '"n is <n>"' },
      'n is 5',
    ],
  ] as const)('an input made of %s', async (_, input, expected) => {
    const { put, taken } = createBus([rule({ source: ['app'] }, input)]);
    await put({
      ...entry,
      Detail: JSON.stringify({ n: 5, who: 'a "b"', list: [{ name: 'a' }, { name: 'b' }] }),
    });
    expect(taken).toEqual([expected]);
  });
});

describe('an entry that cannot be accepted fails alone', () => {
  test.each([
    ['no source', { Source: undefined }, 'InvalidArgument'],
    ['no detail type', { DetailType: '' }, 'InvalidArgument'],
    ['no detail', { Detail: undefined }, 'InvalidArgument'],
    ['a detail that is not JSON', { Detail: '{' }, 'MalformedDetail'],
    ['a detail that is no object', { Detail: '[1]' }, 'MalformedDetail'],
    ['an unknown bus', { EventBusName: 'nobody' }, 'ResourceNotFoundException'],
    ["AWS's own source", { Source: 'aws.ecs' }, 'NotAuthorizedForSourceException'],
  ])('%s', async (_, changes, ErrorCode) => {
    const { put, taken } = createBus([rule({ source: ['app'] })]);
    expect(await put({ ...entry, ...changes }, entry)).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode }, { EventId: 'id-1' }],
    });
    expect(taken).toHaveLength(1);
  });

  test('one that a target did not take', async () => {
    const { put } = createBus([rule({ source: ['app'] })], async (inputs) =>
      inputs.map((input) => (input === '{"id":1}' ? 'disk full' : undefined)),
    );
    expect(await put(entry, { ...entry, Detail: '{"id":2}' })).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode: 'InternalFailure', ErrorMessage: 'disk full' }, { EventId: 'id-2' }],
    });
  });
});

describe('a request over the limits is refused as a whole', () => {
  test('eleven entries', async () => {
    const { put } = createBus([]);
    await expect(put(...Array.from({ length: 11 }, () => entry))).rejects.toMatchObject({
      code: 'ValidationException',
    });
  });

  test('256 KB are taken, one byte more is not', async () => {
    const { put } = createBus([]);
    const detailOf = (bytes: number): string =>
      JSON.stringify({ text: 'x'.repeat(bytes - '{"text":""}'.length) });
    const largest = 256 * 1024 - 'app'.length - 'made'.length;
    expect(await put({ ...entry, Detail: detailOf(largest) })).toMatchObject({ FailedEntryCount: 0 });
    await expect(put({ ...entry, Detail: detailOf(largest + 1) })).rejects.toMatchObject({
      code: 'ValidationException',
    });
  });
});
