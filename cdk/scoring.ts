import { Duration } from 'aws-cdk-lib';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Construct } from 'constructs';
import type { Env as InvalidateScoringEnv } from '../functions/invalidate-scoring/env.ts';
import type { Env as ManageScoringEnv } from '../functions/manage-scoring/env.ts';
import { changedKeysFields, scoringKeyPrefixes } from '../shared/scoring-keys.ts';
import type { Bundles } from './bundle-functions.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import type { EventBus } from './event-bus.ts';
import type { HttpApi } from './http-api.ts';
import { httpTimeout, NodeFunction } from './node-function.ts';
import type { RowTable } from './row-table.ts';

interface ScoringProps {
  readonly api: HttpApi;
  readonly bus: EventBus;
  readonly config: RowTable;
  readonly bundles: Bundles;
}

const scoringKeys = scoringKeyPrefixes.map((prefix) => ({ prefix }));

/** The scoring API, and bus → invalidate-scoring → the version that its caches compare. */
export class Scoring extends Construct {
  constructor(scope: Construct, id: string, { api, bus, config, bundles }: ScoringProps) {
    super(scope, id);
    const manageScoring = new NodeFunction<ManageScoringEnv>(this, 'manage-scoring', {
      bundles,
      description: 'Keeps the weights and modifiers by which subtitles are scored, and scores',
      timeout: httpTimeout,
      environment: { CONFIG_TABLE: config.name, EVENT_BUS_NAME: bus.name },
    });
    config.grantReadWrite(manageScoring);
    bus.grantPublish(manageScoring);
    api.serve(manageScoring, {
      '/api/v1/scoring/weights': ['GET', 'PUT', 'DELETE'],
      '/api/v1/scoring/modifiers': ['GET', 'PUT'],
      '/api/v1/scoring/modifiers/{provider}': ['DELETE'],
      '/api/v1/scoring/presets': ['GET'],
      '/api/v1/scoring/presets/{name}': ['GET'],
      '/api/v1/scoring/presets/import': ['POST'],
      '/api/v1/scoring/score': ['POST'],
    });

    const invalidateScoring = new NodeFunction<InvalidateScoringEnv>(this, 'invalidate-scoring', {
      bundles,
      description: 'Makes every cache of the scoring stale when its configuration changed',
      timeout: Duration.seconds(10),
      environment: { CONFIG_TABLE: config.name },
    });
    config.grantWrite(invalidateScoring);
    const uninvalidated = new DeadLetterQueue(this, 'uninvalidated-scoring', {
      impact:
        'A change of the scoring was not told to its caches: scores were made with the old weights for up to a minute. See the logs of invalidate-scoring; nothing needs to be sent again.',
    });
    // No queue in between: one that is idle costs its polling, and what is lost here is right again in a minute.
    invalidateScoring.configureAsyncInvoke({
      retryAttempts: 2,
      onFailure: new SqsDestination(uninvalidated),
    });
    bus.invoke(invalidateScoring, 'to-scoring', uninvalidated, {
      detailType: ['config_updated'],
      detail: { data: { $or: changedKeysFields.map((field) => ({ [field]: scoringKeys })) } },
    });
  }
}
