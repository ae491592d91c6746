import * as z from 'zod';
import type { Usage } from '../../local/meter.ts';
import { assertNever } from '../../shared/assert-never.ts';

const sentSchema = z.object({ QueueUrl: z.string(), Entries: z.array(z.unknown()).optional() });

/** How full the batches of a queue's event source were. */
export interface Batches {
  readonly receives: number;
  readonly messages: number;
}

/** Follows from usage alone what lies in the queues, so that nobody has to ask them and be on the bill for it. */
export class QueueBalance {
  #open = 0;
  readonly #batches = new Map<string, Batches>();

  add(usage: Usage): void {
    switch (usage.kind) {
      case 'target-send':
        this.#open += usage.bodies.length;
        break;
      case 'aws-call': {
        if (usage.status !== 200 || !/^AmazonSQS\.SendMessage(?:Batch)?$/.test(usage.target)) break;
        this.#open += sentSchema.parse(JSON.parse(usage.input.toString('utf8'))).Entries?.length ?? 1;
        break;
      }
      case 'poll-receive': {
        if (usage.bodies.length === 0) break;
        const { receives, messages } = this.#batches.get(usage.queueName) ?? { receives: 0, messages: 0 };
        this.#batches.set(usage.queueName, {
          receives: receives + 1,
          messages: messages + usage.bodies.length,
        });
        break;
      }
      case 'poll-delete':
        this.#open -= usage.count;
        break;
      case 'http-request':
      case 'invocation':
      case 'task':
        break;
      default:
        assertNever(usage);
    }
  }

  /** Whether every message that was sent has been worked on and deleted. */
  isEven(): boolean {
    return this.#open === 0;
  }

  /** Forgets the batches so far, and answers them. */
  takeBatches(): ReadonlyMap<string, Batches> {
    const taken = new Map(this.#batches);
    this.#batches.clear();
    return taken;
  }
}
