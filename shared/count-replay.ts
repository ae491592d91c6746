import type { CountRows, RowSearch } from './replay.ts';

/** Time kept back for the answer itself. */
const answerMarginMs = 5_000;

/** Answers a dry run of a replay, which counts as long as the answer may take and changes nothing. */
export type CountReplay = (
  search: Pick<RowSearch, 'tenant' | 'endpointId' | 'selection'>,
  remainingMs: number,
) => Promise<{
  readonly status: number;
  readonly body: { readonly dry_run: true; readonly total: number; readonly complete: boolean };
}>;

/** @param now epoch milliseconds */
export const createCountReplay =
  (countRows: CountRows, now: () => number): CountReplay =>
  async (search, remainingMs) => {
    const deadlineMs = now() + remainingMs - answerMarginMs;
    const { count, after } = await countRows({ ...search, deadlineMs });
    return { status: 200, body: { dry_run: true, total: count, complete: after === undefined } };
  };
