import { verifyWebhook } from '../../client/verify-webhook.ts';
import type { Proof } from '../../client/verify-webhook.ts';
import { findSecretProblem } from '../../shared/signature.ts';
import type { Context } from '../command.ts';
import { defineCommand } from '../command.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import { readBytes, readNumber } from '../read-data.ts';
import { parseHeaders } from '../parse-headers.ts';

function renderProof({ scheme, isValid, problem }: Proof, { paint }: Context['terminal']): string {
  return isValid ? `${paint.green('ok')}    ${scheme}` : `${paint.red('fail')}  ${scheme}: ${problem ?? ''}`;
}

export const verify = defineCommand({
  name: 'verify',
  summary: 'Checks the signatures of what a receiver got',
  args: [],
  details:
    'By Standard Webhooks v1 and X-Sublarr-Signature with the secret, and v1a with the public key of the webhook.\nEnds with 0 when it can be trusted, and with 1 when not. Nothing is sent anywhere.',
  options: {
    body: { type: 'string', value: 'FILE', help: '@file or - for stdin, byte for byte as it came' },
    headers: { type: 'string', value: 'FILE', help: '@file or -: lines "Name: value", or a JSON object' },
    header: { type: 'string', value: "'N: V'", multiple: true, help: 'one header; may be repeated' },
    secret: { type: 'string', value: 'SECRET', help: 'the secret, or SUBLARR_EVENTS_SECRET' },
    'public-key': { type: 'string', value: 'KEY', help: 'the public_key of the webhook (whpk_…), for v1a' },
    tolerance: { type: 'string', value: 'SECONDS', help: 'how old it may be: 300 unless told' },
  },
  examples: [
    'verify --body @body.json --headers @headers.txt --secret whsec_…',
    `|curl -s https://…/last-body | sublarr-events verify --body - --header 'webhook-id: evt_01KA…' --header 'webhook-timestamp: 1795000000' --header 'webhook-signature: v1,…'`,
  ],
  async run(context, { values }) {
    const { terminal, isJson, environment, readStdin, now } = context;
    const secret = values.secret ?? environment['SUBLARR_EVENTS_SECRET'];
    const publicKey = values['public-key'];
    if (values.body === undefined) throw new UsageError('verify needs --body.');
    if (values.body === '-' && values.headers === '-') {
      throw new UsageError('Only one of --body and --headers can be read from stdin.');
    }
    if (secret === undefined && publicKey === undefined) {
      throw new UsageError('verify needs --secret or SUBLARR_EVENTS_SECRET, or --public-key.');
    }
    const problem = secret === undefined ? undefined : findSecretProblem(secret);
    if (problem !== undefined) throw new UsageError(`--secret ${problem}.`);
    const text =
      values.headers === undefined
        ? ''
        : (await readBytes(values.headers, '--headers', readStdin)).toString('utf8');
    const headers = { ...parseHeaders(text), ...parseHeaders((values.header ?? []).join('\n')) };
    const body = await readBytes(values.body, '--body', readStdin);
    const tolerance = readNumber(values.tolerance, '--tolerance');
    const result = check(() =>
      verifyWebhook(
        { headers, body },
        { secret, publicKey },
        { nowMs: now(), ...(tolerance === undefined ? {} : { toleranceSeconds: tolerance }) },
      ),
    );
    if (isJson) {
      terminal.printJson({
        verified: result.isVerified,
        proofs: result.proofs.map(({ scheme, isValid, problem: why }) => ({
          scheme,
          valid: isValid,
          problem: why ?? null,
        })),
      });
    } else {
      for (const proof of result.proofs) terminal.print(renderProof(proof, terminal));
      terminal.print(result.isVerified ? 'It can be trusted.' : 'It cannot be trusted.');
    }
    return result.isVerified ? exitCodes.ok : exitCodes.failed;
  },
});

/** A key that cannot be read is a mistake of the command line. */
function check<Result>(verifying: () => Result): Result {
  try {
    return verifying();
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`--public-key: ${error.message}.`, { cause: error });
    throw error;
  }
}
