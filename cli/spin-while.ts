import type { Context } from './command.ts';

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 100;

/** Shows that something is under way, and for how long, until it is done; nothing where nobody looks. */
export async function spinWhile<Result>(
  { terminal, now }: Pick<Context, 'terminal' | 'now'>,
  text: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const begunMs = now();
  let turns = 0;
  const timer = setInterval(() => {
    const seconds = Math.floor((now() - begunMs) / 1000);
    terminal.showStatus(`${frames[turns++ % frames.length]} ${text}: ${seconds} s`);
  }, frameMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    terminal.clearStatus();
  }
}
