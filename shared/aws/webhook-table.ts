import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { drainMs, isFailing, openCircuit } from '../circuit.ts';
import type { Circuit, FailureStreak } from '../circuit.ts';
import { mergeInFlight } from '../merge-in-flight.ts';
import {
  disabledReason,
  mergeTallies,
  shouldDisable,
  thresholdOf,
  warningOf,
  webhookSchema,
} from '../webhook.ts';
import type { DeliveryTally, Webhook } from '../webhook.ts';
import type { WebhookId } from '../ids.ts';
import type { DynamoDBDocumentClient } from './clients.ts';
import { isConditionFailure, openConfigRows } from './config-rows.ts';
import type { ConfigRows } from './config-rows.ts';

const kind = 'webhook';

/** Where a webhook's row lies. */
export const webhookKeyOf = (tenant: string, id: string) => ({ pk: `${tenant}#${kind}`, sk: id });

export const openWebhooks = (dynamo: DynamoDBDocumentClient, tableName: string): ConfigRows<Webhook> =>
  openConfigRows(dynamo, tableName, kind, webhookSchema);

/** What a probe of an endpoint that was left alone came to. */
export interface Probe {
  readonly circuit: Circuit;
  readonly isAlive: boolean;
}

/** What a batch's attempts mean for their webhook. */
export interface WebhookNews {
  readonly tenant: string;
  readonly id: WebhookId;
  readonly tally: DeliveryTally;
  /** The open circuit that one of the attempts probed, as it was claimed, and whether the endpoint took it. */
  readonly probed?: Probe | undefined;
  /** How long the receiver asked all deliveries to slow down, in milliseconds. */
  readonly slowDownMs?: number | undefined;
  /** Whether an endpoint that was slow answered all of them in good time. */
  readonly isQuickAgain?: boolean | undefined;
  /** Why the receiver wants to be disabled. */
  readonly disable?: string | undefined;
}

/** What follows for a webhook from what its deliveries came to. */
export interface WebhookHealth {
  /**
   * Adds what a batch came to, opens or closes the circuit, and disables the webhook when it failed too often in a
   * row or asked for it. Answers the webhook as it is now; undefined when it was deleted.
   */
  record(news: WebhookNews): Promise<Webhook | undefined>;
  /**
   * Answers the circuit, open for `holdMs` more, to the one that may probe the endpoint meanwhile; undefined to all
   * others.
   */
  claimProbe(webhook: Webhook, circuit: Circuit, holdMs: number): Promise<Circuit | undefined>;
  /** Says that an endpoint answers slowly. */
  markLate(webhook: Webhook, untilMs: number): Promise<void>;
}

/**
 * One write per webhook and batch, and one at a time per webhook where batches run side by side, since a key takes
 * 1 000 writes a second.
 * @param onDisabled is told of every webhook that the system disables, before `record` answers
 */
export function openWebhookHealth(
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  dependencies: {
    readonly onDisabled: (webhook: Webhook) => Promise<void>;
    /** Told when half of the failures that disable a webhook are reached. */
    readonly onWarning: (webhook: Webhook, warning: string) => void;
    readonly now: () => number;
    /** A text that no other write has. */
    readonly createToken: () => string;
  },
): WebhookHealth {
  const { onDisabled, onWarning, now, createToken } = dependencies;

  /** Undefined when the webhook is gone or the condition does not hold. */
  const update = async (
    tenant: string,
    id: string,
    input: Pick<UpdateCommandInput, 'UpdateExpression' | 'ExpressionAttributeValues'> &
      Partial<Pick<UpdateCommandInput, 'ConditionExpression' | 'ExpressionAttributeNames'>>,
  ): Promise<Webhook | undefined> => {
    try {
      const { Attributes } = await dynamo.send(
        new UpdateCommand({
          TableName: tableName,
          Key: webhookKeyOf(tenant, id),
          ConditionExpression: 'attribute_exists(pk)',
          ReturnValues: 'ALL_NEW',
          ...input,
        }),
      );
      return webhookSchema.parse(Attributes);
    } catch (error) {
      if (isConditionFailure(error)) return undefined;
      throw error;
    }
  };

  /** @param failures how many failures in a row it takes: its owner may have enabled it anew between the two writes */
  const disable = async (webhook: Webhook, reason: string, failures: number): Promise<Webhook> => {
    const disabled = await update(webhook.tenant, webhook.id, {
      ConditionExpression: 'enabled = :true AND consecutive_failures >= :failures',
      UpdateExpression: 'SET enabled = :false, disabled_reason = :reason, updated_at = :now REMOVE circuit',
      ExpressionAttributeValues: {
        ':true': true,
        ':false': false,
        ':failures': failures,
        ':reason': reason,
        ':now': new Date(now()).toISOString(),
      },
    });
    if (disabled === undefined) return webhook;
    await onDisabled(disabled);
    return disabled;
  };

  const leaveAlone = async (
    webhook: Webhook,
    circuit: Circuit,
    probed: Probe | undefined,
  ): Promise<Webhook> =>
    (await update(webhook.tenant, webhook.id, {
      // Whoever opened it before, for longer, stands; but not for as long as a probe that has failed by now.
      ConditionExpression:
        'attribute_exists(pk) AND (attribute_not_exists(circuit) OR circuit.#until < :until OR circuit.#until = :probed)',
      UpdateExpression: 'SET circuit = :circuit',
      ExpressionAttributeNames: { '#until': 'until' },
      ExpressionAttributeValues: {
        ':circuit': circuit,
        ':until': circuit.until,
        ':probed': probed?.circuit.until ?? 0,
      },
    })) ?? webhook;

  const read = async (tenant: string, id: string): Promise<Webhook | undefined> => {
    const { Item } = await dynamo.send(
      new GetCommand({ TableName: tableName, Key: webhookKeyOf(tenant, id), ConsistentRead: true }),
    );
    return Item === undefined ? undefined : webhookSchema.parse(Item);
  };

  /** Adds to the counters; undefined when the webhook is gone. */
  const count = async (news: WebhookNews): Promise<Webhook | undefined> => {
    const counted = await update(news.tenant, news.id, newsExpression(news, createToken(), now()));
    // Gone, or counted already: the SDK asks again when an answer is lost.
    return counted ?? read(news.tenant, news.id);
  };

  const recordNews = async (news: WebhookNews): Promise<Webhook | undefined> => {
    const webhook = await count(news);
    if (webhook === undefined || !webhook.enabled) return webhook;
    if (news.disable !== undefined) return disable(webhook, news.disable, 0);
    if (shouldDisable(webhook)) {
      return disable(webhook, disabledReason(webhook), webhook.consecutive_failures);
    }
    const warning = warningOf(webhook);
    if (warning !== null && webhook.consecutive_failures - failuresOf(news) < halfOf(webhook)) {
      onWarning(webhook, warning);
    }
    const circuit = circuitAfter(news, webhook, now());
    return circuit === undefined ? webhook : leaveAlone(webhook, circuit, news.probed);
  };
  const record = mergeInFlight<WebhookNews, Webhook | undefined>(
    (_, news) => recordNews(news),
    (earlier, later) => ({
      ...later,
      tally: mergeTallies(earlier.tally, later.tally),
      probed: later.probed ?? earlier.probed,
      slowDownMs: longer(earlier.slowDownMs, later.slowDownMs),
      isQuickAgain: earlier.isQuickAgain === true && later.isQuickAgain === true,
      disable: later.disable ?? earlier.disable,
    }),
  );

  return {
    record: (news) => record(`${news.tenant} ${news.id}`, news),

    claimProbe: async (webhook, circuit, holdMs) => {
      const claimed = await update(webhook.tenant, webhook.id, {
        ConditionExpression: 'circuit.#until = :seen',
        UpdateExpression: 'SET circuit.#until = :until',
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: { ':seen': circuit.until, ':until': now() + holdMs },
      });
      return claimed?.circuit;
    },

    markLate: async (webhook, untilMs) => {
      await update(webhook.tenant, webhook.id, {
        UpdateExpression: 'SET late_until = :until',
        ExpressionAttributeValues: { ':until': untilMs },
      });
    },
  };
}

/** The circuit that is open from now on; undefined when the attempts give no reason for one. */
function circuitAfter(news: WebhookNews, webhook: Webhook, nowMs: number): Circuit | undefined {
  const { tally, probed, slowDownMs } = news;
  const before = probed?.isAlive === false ? probed.circuit : undefined;
  // A success since then outweighs a bare 429, but not one that says for how long.
  const isSlowedDown = slowDownMs !== undefined && (slowDownMs > 0 || tally.failedAttempts > 0);
  if (isSlowedDown) return openCircuit('slowed_down', before, slowDownMs, nowMs);
  return before !== undefined ||
    (tally.failedAttempts > 0 && isFailing(streakOf(webhook, tally, nowMs), nowMs))
    ? openCircuit('failing', before, 0, nowMs)
    : undefined;
}

/** @param tally what was just written to the webhook */
const streakOf = (webhook: Webhook, tally: DeliveryTally, nowMs: number): FailureStreak => ({
  failures: webhook.failed_attempts ?? 0,
  since: webhook.failing_since ?? nowMs,
  lastAt: Date.parse(tally.last.at),
});

const longer = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);

/** Half of what disables a webhook: where the warning begins. */
const halfOf = (webhook: Webhook): number => Math.ceil(thresholdOf(webhook) / 2);

/** A failed probe counts as a failed delivery: an endpoint that stays dead is disabled although little is sent to it. */
const failuresOf = ({ tally, probed }: WebhookNews): number =>
  tally.trailingFailures === 0 && probed?.isAlive === false ? 1 : tally.trailingFailures;

/** @param token of this write: it is done once, however often it is asked for */
function newsExpression(news: WebhookNews, token: string, nowMs: number) {
  const { tally, probed } = news;
  const set = ['last_triggered_at = :at', 'count_token = :token'];
  const add: string[] = [];
  const remove: string[] = [];
  const values: Record<string, unknown> = { ':at': tally.last.at, ':token': token };
  if (tally.finished > 0) {
    add.push('trigger_count :finished');
    values[':finished'] = tally.finished;
  }
  const counts = { consecutive_failures: failuresOf(news), failed_attempts: tally.failedAttempts };
  for (const [name, count] of Object.entries(counts)) {
    if (tally.anySuccess) set.push(`${name} = :${name}`);
    else if (count > 0) add.push(`${name} :${name}`);
    else continue;
    values[`:${name}`] = count;
  }
  if (tally.failedAttempts > 0) {
    set.push(`failing_since = ${tally.anySuccess ? ':since' : 'if_not_exists(failing_since, :since)'}`);
    values[':since'] = nowMs;
  } else remove.push('failing_since');
  // Only the probe closes a circuit: others that succeed were sent before it was opened.
  if (probed?.isAlive === true) {
    remove.push('circuit');
    set.push('drain_until = :drain');
    values[':drain'] = nowMs + drainMs;
  }
  if (news.isQuickAgain === true) remove.push('late_until');
  const optional = { last_status_code: tally.last.statusCode, last_error: tally.last.error };
  for (const [name, value] of Object.entries(optional)) {
    if (value === undefined) remove.push(name);
    else {
      set.push(`${name} = :${name}`);
      values[`:${name}`] = value;
    }
  }
  return {
    ConditionExpression:
      'attribute_exists(pk) AND (attribute_not_exists(count_token) OR count_token <> :token)',
    UpdateExpression: [
      `SET ${set.join(', ')}`,
      add.length > 0 ? `ADD ${add.join(', ')}` : '',
      remove.length > 0 ? `REMOVE ${remove.join(', ')}` : '',
    ]
      .filter((part) => part !== '')
      .join(' '),
    ExpressionAttributeValues: values,
  };
}
