import { describe, expect, it } from 'vitest';
import { changeAttributes, checkAttributes, differingAttribute, settingsOf } from './queue-attributes.ts';

const deadLetterTargetArn = 'arn:aws:sqs:us-east-1:000000000000:dead';
const policy = (value: object) => ({ RedrivePolicy: JSON.stringify(value) });

describe('queue attributes', () => {
  it.each([
    ['an unknown name', { Colour: 'red' }, 'InvalidAttributeName'],
    ['a name every object has', { constructor: 'x' }, 'InvalidAttributeName'],
    ['a read-only name', { QueueArn: 'x' }, 'InvalidAttributeName'],
    ['an attribute of FIFO queues', { FifoQueue: 'true' }, 'InvalidAttributeName'],
    ['a number with a unit', { DelaySeconds: '5s' }, 'InvalidAttributeValue'],
    ['a negative number', { DelaySeconds: '-1' }, 'InvalidAttributeValue'],
    ['an empty number', { VisibilityTimeout: '' }, 'InvalidAttributeValue'],
    ['a policy that is not JSON', { Policy: '{' }, 'InvalidAttributeValue'],
    ['a redrive policy that is not JSON', { RedrivePolicy: '{' }, 'InvalidParameterValue'],
    ['a redrive policy without a count', policy({ deadLetterTargetArn }), 'InvalidParameterValue'],
    ['a count of 0', policy({ deadLetterTargetArn, maxReceiveCount: 0 }), 'InvalidParameterValue'],
    ['a count of 1001', policy({ deadLetterTargetArn, maxReceiveCount: 1_001 }), 'InvalidParameterValue'],
    [
      'an ARN of no queue',
      policy({ deadLetterTargetArn: 'dummy', maxReceiveCount: 1 }),
      'InvalidParameterValue',
    ],
  ])('%s is refused', (_what, attributes, code) => {
    expect(() => checkAttributes(attributes)).toThrow(expect.objectContaining({ code }));
  });

  it.each([{ maxReceiveCount: 5 }, { maxReceiveCount: '5' }])('a redrive policy with %o is read', (count) => {
    expect(settingsOf(policy({ deadLetterTargetArn, ...count })).redrive).toEqual({
      deadLetterQueue: 'dead',
      maxReceiveCount: 5,
    });
  });

  it('the order of a policy does not make it another policy', () => {
    const one = policy({ deadLetterTargetArn, maxReceiveCount: 5 });
    expect(differingAttribute(one, policy({ maxReceiveCount: 5, deadLetterTargetArn }))).toBeUndefined();
    expect(differingAttribute(one, policy({ maxReceiveCount: 6, deadLetterTargetArn }))).toBe(
      'RedrivePolicy',
    );
  });

  it('an attribute that is not given keeps its value, an empty policy goes', () => {
    const before = changeAttributes(
      {},
      { DelaySeconds: '7', ...policy({ deadLetterTargetArn, maxReceiveCount: 5 }) },
    );
    const after = changeAttributes(before, { RedrivePolicy: '' });
    expect(after).toMatchObject({ DelaySeconds: '7', VisibilityTimeout: '30' });
    expect(after).not.toHaveProperty('RedrivePolicy');
  });
});
