/** The queue file cannot be used. The message is one line that names the file and says how to mend it. */
export class QueueFileError extends Error {
  override readonly name = 'QueueFileError';
}
