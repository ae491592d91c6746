import type { Context, Option } from './command.ts';
import { UsageError } from './exit-codes.ts';

/** What names a version of a script. */
export const versionOption = {
  type: 'string',
  value: 'SHA256',
  help: 'a version of the script: 8 hex digits or more of those that "scripts versions" lists',
} as const satisfies Option;

const shortDigits = 12;

/**
 * The whole SHA-256 of the version that a text names.
 * @param findScript asked only when the text is not the whole already
 * @throws `UsageError` when it is no SHA-256, or begins none or several of those that are kept
 */
export async function findVersion(
  { client, signal }: Pick<Context, 'client' | 'signal'>,
  given: string,
  findScript: () => Promise<string>,
): Promise<string> {
  const digits = given.toLowerCase();
  if (!/^[0-9a-f]{8,64}$/.test(digits)) {
    throw new UsageError(
      `--version must be the first 8 hex digits of a SHA-256 or more, not ${JSON.stringify(given)}.`,
    );
  }
  if (digits.length === 64) return digits;
  const script = await findScript();
  const { versions } = await client().scripts.listVersions(script, { signal });
  const known = versions.map(({ sha256 }) => sha256);
  const found = known.filter((sha256) => sha256.startsWith(digits));
  const [only] = found;
  if (only === undefined) {
    const kept = known.map((sha256) => sha256.slice(0, shortDigits)).join(', ');
    throw new UsageError(`No version of ${script} that is kept begins with ${digits}; kept: ${kept}.`);
  }
  if (found.length > 1) {
    throw new UsageError(`${digits} begins ${found.length} versions of ${script}: give more digits.`);
  }
  return only;
}
