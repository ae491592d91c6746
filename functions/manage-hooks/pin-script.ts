import { ApiError } from '../../shared/api-error.ts';
import type { ConfigRows } from '../../shared/aws/config-rows.ts';
import type { Holder, ScriptBodies, ScriptRows } from '../../shared/aws/script-table.ts';
import type { Hook } from '../../shared/hook.ts';
import { showVersions } from '../../shared/script-history.ts';
import { describeKept } from './describe-kept.ts';

interface Dependencies {
  readonly hooks: Pick<ConfigRows<Hook>, 'listAll'>;
  readonly scripts: Pick<ScriptRows, 'get' | 'listPage'>;
  readonly bodies: Pick<ScriptBodies, 'hold' | 'release'>;
  readonly now: () => number;
}

/** The content that a hook runs. */
export type Pin = Pick<Hook, 'script' | 'script_sha256'>;

/** A script, and which version of it: the current one unless told. */
export interface AskedPin {
  readonly script: string;
  readonly script_sha256?: string | undefined;
  /** Whether that version was merely sent back with the rest of an answer, in which another script was named. */
  readonly isEcho?: boolean;
}

/** What a change of a hook asks to pin it to; undefined when it stays what it is, as when an answer is sent back. */
export function readAskedPin(
  hook: Pin,
  asked: { readonly script?: string | undefined; readonly script_sha256?: string | undefined },
): AskedPin | undefined {
  const { script = hook.script, script_sha256 } = asked;
  if (asked.script === undefined && script_sha256 === undefined) return undefined;
  const isEcho = script_sha256 === hook.script_sha256;
  return isEcho && script === hook.script ? undefined : { script, script_sha256, isEcho };
}

/** Scripts named to somebody who named one that does not exist. */
const scriptsNamedMax = 20;

function refuse(field: 'script' | 'script_sha256', message: string): ApiError {
  return new ApiError('unprocessable', `The request is not valid: ${field}: ${message}`, [
    { field, message },
  ]);
}

/**
 * Makes what pins a hook: `write` writes it while nobody can drop the content that it is pinned to. Throws `ApiError`
 * 422 when there is no such script, or no such version of it is kept.
 */
export function createPinScript({ hooks, scripts, bodies, now }: Dependencies) {
  const notUploaded = async (tenant: string, name: string): Promise<ApiError> => {
    const { items } = await scripts.listPage(tenant, { limit: scriptsNamedMax });
    const known = items.map((item) => item.name).join(', ');
    return refuse(
      'script',
      `"${name}" was not uploaded${known === '' ? '' : `; known: ${known}`}. Upload it with PUT /api/v1/scripts/${name} first`,
    );
  };

  const find = async (tenant: string, { script: name, script_sha256, isEcho }: AskedPin): Promise<Pin> => {
    const script = await scripts.get(tenant, name);
    if (script === undefined) throw await notUploaded(tenant, name);
    if (script_sha256 === undefined || script_sha256 === script.sha256) {
      return { script: name, script_sha256: script.sha256 };
    }
    const versions = showVersions(script, await hooks.listAll(tenant));
    if (!versions.some(({ sha256 }) => sha256 === script_sha256)) {
      if (isEcho === true) return { script: name, script_sha256: script.sha256 };
      throw refuse(
        'script_sha256',
        `${script_sha256} is no version of "${name}" that is kept; ${describeKept(versions)}. Leave it out for the current one`,
      );
    }
    return { script: name, script_sha256 };
  };

  const holdPin = async (tenant: string, asked: AskedPin, holderId: string): Promise<Pin> => {
    const pin = await find(tenant, asked);
    const holder = (): Holder => ({ id: holderId, nowMs: now() });
    if (await bodies.hold(tenant, pin.script_sha256, holder())) return pin;
    // Uploads may have pushed it out since; then there is another current one, or the answer says what is kept.
    const again = await find(tenant, asked);
    if (await bodies.hold(tenant, again.script_sha256, holder())) return again;
    throw refuse(
      'script',
      `the content of "${again.script}" is gone. Upload it again with PUT /api/v1/scripts/${again.script}`,
    );
  };

  return async <Result>(
    { tenant, requestId }: { readonly tenant: string; readonly requestId: string },
    asked: AskedPin,
    write: (pin: Pin) => Promise<Result>,
  ): Promise<Result> => {
    const pin = await holdPin(tenant, asked, requestId);
    // Not released when this throws: the hook may be written all the same.
    const result = await write(pin);
    // The hook is written, which its owner must hear of; the hold ends by itself.
    await bodies.release(tenant, pin.script_sha256, requestId).catch(() => undefined);
    return result;
  };
}
