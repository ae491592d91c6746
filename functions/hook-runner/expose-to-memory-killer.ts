import { readFileSync, writeFileSync } from 'node:fs';

/** https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html */
const scoreFile = '/proc/self/oom_score_adj';
/** Half of the memory counts as taken by a script, beside what it takes. */
const scriptScore = 500;

function readScore(): number | undefined {
  try {
    return Number(readFileSync(scoreFile, 'latin1'));
  } catch {
    // A system without it.
    return undefined;
  }
}

function writeScore(score: number): void {
  try {
    writeFileSync(scoreFile, String(score));
  } catch {
    // It may be raised by everybody, and not be lowered below what it was given: nothing depends on it.
  }
}

/**
 * Makes a function that starts processes which the kernel ends before this one when memory runs out, however little
 * each of them takes. They inherit that: whoever sets it afterwards is later than their first children.
 */
export function createExposeToMemoryKiller(): <Value>(start: () => Value) => Value {
  const own = readScore();
  if (own === undefined || own >= scriptScore) return (start) => start();
  return (start) => {
    writeScore(scriptScore);
    try {
      return start();
    } finally {
      writeScore(own);
    }
  };
}
