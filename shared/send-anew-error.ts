/** How far it came: it is not queued, or it is and nobody may be there to take it. */
export type SendAnewStage = 'queue' | 'wake';

/** Why something was not sent anew. */
export class SendAnewError extends Error {
  override readonly name = 'SendAnewError';
  readonly stage: SendAnewStage;

  constructor(stage: SendAnewStage, message: string, options?: ErrorOptions) {
    super(message, options);
    this.stage = stage;
  }
}
