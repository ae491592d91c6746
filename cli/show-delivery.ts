import type { Delivery, LoggedDelivery } from '../client/answers.ts';
import type { Context } from './command.ts';
import { showOne } from './show.ts';

/** Shows a delivery or run with every attempt. */
export function showDelivery(
  { terminal, isJson }: Pick<Context, 'terminal' | 'isJson'>,
  { attempts, ...fields }: Delivery | LoggedDelivery,
): void {
  if (isJson) {
    terminal.printJson({ ...fields, attempts });
    return;
  }
  showOne({ terminal, isJson }, fields);
  for (const [index, attempt] of attempts.entries()) {
    terminal.print('');
    terminal.print(terminal.paint.bold(`Attempt ${index + 1}`));
    showOne({ terminal, isJson }, attempt);
  }
}
