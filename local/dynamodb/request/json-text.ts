/** JSON that is ready: stored items go to the wire without being parsed. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An operation's answer. Members that are undefined are left out. */
export type Answer = Readonly<Record<string, unknown>>;

export const jsonList = (texts: readonly string[]): JsonText => new JsonText(`[${texts.join(',')}]`);

export function jsonObject(members: Answer): JsonText {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined) continue;
    const text = value instanceof JsonText ? value.text : JSON.stringify(value);
    parts.push(`${JSON.stringify(name)}:${text}`);
  }
  return new JsonText(`{${parts.join(',')}}`);
}
