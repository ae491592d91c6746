import type { RuleModel } from '../template/read-rule.ts';
import { renderTargetInput } from './target-input.ts';

/** An event as rules see it. */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

/** Hands inputs over to one target; answers, for each, why it was not taken, or undefined. */
export type SendToTarget = (inputs: readonly string[]) => Promise<readonly (string | undefined)[]>;

export interface EventBuses {
  has(busName: string): boolean;
  /**
   * Routes events by the rules of their bus. Resolves when every target has taken them durably, with the reason for
   * each event that some target did not take.
   */
  put(
    events: readonly { readonly busName: string; readonly event: BusEvent }[],
  ): Promise<(string | undefined)[]>;
}

/** Buses with static rules. `targets` finds how to reach an ARN; a rule with an unknown target is refused here. */
export function createEventBuses(options: {
  readonly busNames: readonly string[];
  readonly rules: readonly RuleModel[];
  readonly targets: (rule: RuleModel, target: RuleModel['targets'][number]) => SendToTarget;
}): EventBuses {
  const busNames = new Set(['default', ...options.busNames]);
  const routes = options.rules.flatMap((rule) =>
    rule.targets.map((target) => ({ rule, input: target.input, send: options.targets(rule, target) })),
  );

  return {
    has: (busName) => busNames.has(busName),
    put: async (events) => {
      const problems = events.map((): string | undefined => undefined);
      await Promise.all(
        routes.map(async ({ rule, input, send }) => {
          const matching = [...events.entries()].filter(
            ([, { busName, event }]) => rule.busName === busName && rule.matches(event),
          );
          if (matching.length === 0) return;
          const answers = await send(matching.map(([, { event }]) => renderTargetInput(input, event)));
          for (const [at, [index]] of matching.entries()) problems[index] ??= answers[at];
        }),
      );
      return problems;
    },
  };
}
