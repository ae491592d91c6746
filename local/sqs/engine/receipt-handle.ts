/** What a receipt handle tells: which receive, in which life of the engine, of which message in which queue. */
export interface Receipt {
  readonly session: string;
  readonly queueId: number;
  readonly seq: number;
  readonly receive: number;
}

export const writeReceiptHandle = ({ session, queueId, seq, receive }: Receipt): string =>
  `${session}.${queueId}.${seq}.${receive}`;

/** Reads a handle back; undefined when it is not one of ours. */
export function readReceiptHandle(handle: string): Receipt | undefined {
  const [session, queueId, seq, receive, ...rest] = handle.split('.');
  if (session === undefined || rest.length > 0) return undefined;
  const receipt = { session, queueId: Number(queueId), seq: Number(seq), receive: Number(receive) };
  return [receipt.queueId, receipt.seq, receipt.receive].every(Number.isSafeInteger) ? receipt : undefined;
}
