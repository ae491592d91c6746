import type { Command } from './command.ts';
import { api } from './commands/api.ts';
import { deliveryCommands } from './commands/deliveries.ts';
import { doctor } from './commands/doctor.ts';
import { emit } from './commands/emit.ts';
import { eventCommands } from './commands/events.ts';
import { hookCommands } from './commands/hooks.ts';
import { jobCommands } from './commands/jobs.ts';
import { listen } from './commands/listen.ts';
import { replay } from './commands/replay.ts';
import { scriptCommands } from './commands/scripts.ts';
import { undelivered } from './commands/undelivered.ts';
import { verify } from './commands/verify.ts';
import { webhookCommands } from './commands/webhooks.ts';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  emit,
  listen,
  ...eventCommands,
  ...webhookCommands,
  ...hookCommands,
  ...scriptCommands,
  ...deliveryCommands,
  undelivered,
  replay,
  ...jobCommands,
  verify,
  doctor,
  api,
];
