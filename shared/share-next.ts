/**
 * Callers of one key share loads that began after they asked: who comes while a load is under way waits for the
 * next one, with all others who came meanwhile. So an answer is never older than its question, and many callers cost
 * two loads at a time.
 */
export function shareNext<Value>(load: (key: string) => Promise<Value>): (key: string) => Promise<Value> {
  interface Turn {
    readonly running: Promise<Value>;
    next: Promise<Value> | undefined;
  }
  const turns = new Map<string, Turn>();

  const start = (key: string): Promise<Value> => {
    const turn: Turn = { running: load(key), next: undefined };
    turns.set(key, turn);
    const forget = (): void => {
      if (turn.next === undefined && turns.get(key) === turn) turns.delete(key);
    };
    turn.running.then(forget, forget);
    return turn.running;
  };

  return (key) => {
    const turn = turns.get(key);
    if (turn === undefined) return start(key);
    turn.next ??= turn.running.then(
      () => start(key),
      () => start(key),
    );
    return turn.next;
  };
}
