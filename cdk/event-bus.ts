import { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { eventSource, metaEvents } from '../shared/catalog.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';

/** What publishing did not find out goes everywhere. */
const unlessFalse = [true, { exists: false }];

/** The bus that carries every catalog event, with its static rules. */
export class EventBus extends Construct {
  readonly name: string;
  readonly #bus: events.EventBus;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.#bus = new events.EventBus(this, 'bus', { eventBusName: Stack.of(this).stackName });
    this.name = this.#bus.eventBusName;
  }

  grantPublish(grantee: iam.IGrantable): void {
    this.#bus.grantPutEventsTo(grantee);
  }

  /**
   * Sends the detail of every event to a queue, but for the meta events: a delivery that told of itself would
   * never end. What EventBridge can't hand over within a day ends in a DLQ of the rule, whose `impact` is the
   * text of its alarm.
   */
  routeTo(queue: sqs.IQueue, ruleId: string, impact: string): void {
    this.#route(queue, ruleId, impact, { detailType: events.Match.anythingBut(...metaEvents) });
  }

  /** As `routeTo`, but only while the tenant has hooks: a queue, a function and its reads cost as much as an event. */
  routeForHooksTo(queue: sqs.IQueue, ruleId: string, impact: string): void {
    this.#route(queue, ruleId, impact, {
      detailType: events.Match.anythingBut(...metaEvents),
      detail: { audience: { hooks: unlessFalse } },
    });
  }

  /** Every event while the tenant is watched, and meta events too: only for what sets off no delivery. */
  routeForViewersTo(queue: sqs.IQueue, ruleId: string, impact: string): void {
    this.#route(queue, ruleId, impact, { detail: { audience: { live: unlessFalse } } });
  }

  /**
   * Invokes a function with the detail of the events that fit a pattern, one at a time and without a queue: only for
   * what comes seldom. What EventBridge can't hand over within a day ends in `deadLetterQueue`.
   */
  invoke(
    fn: lambda.IFunction,
    ruleId: string,
    deadLetterQueue: sqs.IQueue,
    pattern: events.EventPattern,
  ): void {
    new events.Rule(this, ruleId, {
      eventBus: this.#bus,
      description: `Catalog events ${ruleId.replaceAll('-', ' ')}`,
      eventPattern: { source: [eventSource], ...pattern },
      targets: [
        new LambdaFunction(fn, { event: events.RuleTargetInput.fromEventPath('$.detail'), deadLetterQueue }),
      ],
    });
  }

  #route(queue: sqs.IQueue, ruleId: string, impact: string, pattern: events.EventPattern): void {
    new events.Rule(this, ruleId, {
      eventBus: this.#bus,
      description: `Catalog events ${ruleId.replaceAll('-', ' ')}`,
      eventPattern: { source: [eventSource], ...pattern },
      targets: [
        new SqsQueue(queue, {
          message: events.RuleTargetInput.fromEventPath('$.detail'),
          deadLetterQueue: new DeadLetterQueue(this, `${ruleId}-undelivered`, { impact }),
        }),
      ],
    });
  }
}
