/** Names of what a log line tells. Payloads, secrets and keys have none here on purpose. */
export interface LogFields {
  readonly function?: string;
  readonly request_id?: string;
  readonly tenant?: string;
  readonly event_id?: string;
  readonly event_name?: string;
  readonly endpoint_id?: string;
  readonly delivery_id?: string;
  readonly connection_id?: string;
  readonly message_id?: string;
  readonly task_arn?: string;
  readonly method?: string;
  readonly route?: string;
  readonly state?: string;
  readonly status?: number;
  readonly exit_code?: number;
  readonly attempt?: number;
  readonly count?: number;
  readonly failed?: number;
  readonly duration_ms?: number;
  readonly reason?: string;
  /** What a batch did, one by one. */
  readonly events?: readonly LogFields[];
  readonly deliveries?: readonly LogFields[];
  readonly error?: unknown;
}

/** One wide JSON line per unit of work, written at its end. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

const renderCause = (error: unknown): unknown =>
  error instanceof Error
    ? { name: error.name, message: error.message, stack: error.stack, cause: renderCause(error.cause) }
    : error;

/** Writes JSON lines through the console, which Lambda and the embedded stack both collect. */
export function createLog(functionName: string, write: (line: string) => void = console.log): Log {
  const writer =
    (level: string) =>
    (message: string, fields: LogFields = {}) => {
      const { error, ...rest } = fields;
      write(
        JSON.stringify({
          level,
          time: new Date().toISOString(),
          function: functionName,
          message,
          ...rest,
          ...(error === undefined ? {} : { error: renderCause(error) }),
        }),
      );
    };
  return { info: writer('info'), warn: writer('warn'), error: writer('error') };
}
