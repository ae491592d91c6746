import { expect, test } from 'vitest';
import { countStanding } from './count-standing.ts';

test('what stands in a template is counted by its type', () => {
  const Resources = {
    A: { Type: 'AWS::CloudWatch::Alarm' },
    B: { Type: 'AWS::CloudWatch::Alarm', Properties: {} },
    C: { Type: 'AWS::KMS::Key' },
    D: { Type: 'AWS::Lambda::EventSourceMapping' },
    E: {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: { Replicas: [{ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }] },
    },
    F: { Type: 'AWS::DynamoDB::GlobalTable', Properties: {} },
  };
  expect(countStanding({ Resources })).toEqual({
    alarms: 2,
    kms_keys: 1,
    polled_queues: 1,
    recovered_tables: 1,
  });
});
