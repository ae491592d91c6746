/** Does `work` for 0 … count − 1, at most `atATime` at once. The first failure ends it. */
export async function runMany(
  count: number,
  atATime: number,
  work: (number: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let isFailed = false;
  const worker = async (): Promise<void> => {
    while (next < count && !isFailed) {
      const number = next++;
      try {
        await work(number);
      } catch (error) {
        isFailed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, atATime) }, worker));
}
