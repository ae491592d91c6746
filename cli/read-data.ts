import { readFile } from 'node:fs/promises';
import { UsageError } from './exit-codes.ts';

/**
 * The bytes that an argument stands for: `-` is stdin, `@file` a file, anything else itself. Throws `UsageError`.
 * @param option how it is called, for the error
 */
export async function readBytes(
  argument: string,
  option: string,
  readStdin: () => Promise<Buffer>,
): Promise<Buffer> {
  if (argument === '-') return readStdin();
  if (!argument.startsWith('@')) return Buffer.from(argument);
  const path = argument.slice(1);
  try {
    return await readFile(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new UsageError(
      `${option}: ${path === '' ? '@ needs a file name' : `${path} cannot be read (${code})`}.`,
      {
        cause,
      },
    );
  }
}

/** UTF-8, without the mark that Windows puts before it. */
export const decodeText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** The JSON that an argument stands for. Throws `UsageError`. */
export async function readJson(
  argument: string,
  option: string,
  readStdin: () => Promise<Buffer>,
): Promise<unknown> {
  const text = decodeText(await readBytes(argument, option, readStdin));
  try {
    return JSON.parse(text);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${option} is not JSON: ${problem}`, { cause });
  }
}

/** The JSON object that an argument stands for. Throws `UsageError`. */
export async function readObject(
  argument: string,
  option: string,
  readStdin: () => Promise<Buffer>,
): Promise<Readonly<Record<string, unknown>>> {
  const value = await readJson(argument, option, readStdin);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new UsageError(`${option} must be a JSON object, such as {"language": "de"}.`);
}

/** A whole number of an option, undefined when it was not given. Throws `UsageError`. */
export function readNumber(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text))
    throw new UsageError(`${option} must be a whole number, not ${JSON.stringify(text)}.`);
  return Number(text);
}

/** Names separated by commas, undefined when none were given. */
export const readNames = (text: string | undefined): string[] | undefined =>
  text
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
