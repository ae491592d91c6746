import { Validations } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { buildFixtureApp, openFixtureFolder } from './fixture-app.ts';
import type { EventsStack } from './stack.ts';

const folder = openFixtureFolder();

function synthesizeChecked(extend: (stack: EventsStack) => void = () => {}) {
  const { app } = buildFixtureApp(folder, { validate: true, extend });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app.synth();
}

test('the template passes AwsSolutions and the strict CloudFormation rules, but for exceptions with a reason', () => {
  expect(() => synthesizeChecked()).not.toThrow();
});

test('a resource that breaks a rule stops the synthesis', () => {
  const open = (stack: EventsStack) => void new Topic(stack, 'open');
  expect(() => synthesizeChecked(open)).toThrow('AwsSolutions-SNS3');
});
