import type { Api } from './api.ts';
import { connections } from './api.ts';
import { type Behaviour, type ReceiverProcess, receiverPath } from './receiver-process.ts';
import { runMany } from './run-many.ts';

/** Subscribes `count` webhooks to one event through the API; each has a path of its own, from number `first` on. */
export async function createWebhooks(
  api: Api,
  receiver: Pick<ReceiverProcess, 'origin'>,
  webhooks: {
    readonly group: string;
    readonly behaviour: Behaviour;
    readonly eventName: string;
    readonly count: number;
    readonly first?: number;
    readonly timeoutSeconds?: number;
  },
): Promise<void> {
  const { group, behaviour, eventName, count, first = 0, timeoutSeconds = 10 } = webhooks;
  await runMany(count, connections, async (each) => {
    const number = first + each;
    await api.send('POST', '/api/v1/webhooks', {
      name: `${group} ${behaviour} ${number}`,
      event_name: eventName,
      url: receiver.origin + receiverPath(group, behaviour, number),
      timeout_seconds: timeoutSeconds,
    });
  });
}
