import { expect, test } from 'vitest';
import type { ScoringWeights } from './answers.ts';
import type { Tagged } from './read-tagged.ts';
import { SublarrEvents } from './sublarr-events.ts';

const points = { episode: { hash: 1 }, movie: { hash: 2 } };
const weights: ScoringWeights = { ...points, defaults: points };
const etag = '"one"';

function connect(replies: readonly Response[], retries = 0) {
  const sent: { readonly method: string; readonly headers: Headers }[] = [];
  const left = [...replies];
  const client = new SublarrEvents({
    url: 'http://api.example',
    key: 'sk_1',
    retries,
    fetch: async (_, { method = '', headers }) => {
      sent.push({ method, headers: new Headers(headers) });
      return left.shift() ?? expect.fail('one request too many');
    },
  });
  return { scoring: client.scoring, sent };
}
const fresh = (headers: Record<string, string> = { etag }) => Response.json(weights, { headers });
const same = () => new Response(null, { status: 304, headers: { etag } });

test('what was read comes with its entity tag, and is the very same object while the server says so', async () => {
  const { scoring, sent } = connect([fresh(), same(), fresh({ etag: '"two"' })]);
  const first = await scoring.refreshWeights();
  expect(first).toEqual({ value: weights, etag });
  const second = await scoring.refreshWeights(first);
  expect(second).toBe(first);
  const third = await scoring.refreshWeights(second);
  expect(third).toEqual({ value: weights, etag: '"two"' });
  expect(sent.map(({ headers }) => headers.get('if-none-match'))).toEqual([null, etag, etag]);
});

test('an answer without an entity tag is no answer of the API', async () => {
  const { scoring } = connect([fresh({})]);
  await expect(scoring.refreshWeights()).rejects.toMatchObject({ code: 'unexpected_answer' });
});

test('304 to who has nothing is no answer of the API', async () => {
  const { scoring } = connect([same()]);
  await expect(scoring.refreshWeights()).rejects.toMatchObject({ code: 'unexpected_answer' });
});

const known: Tagged<ScoringWeights> = { value: weights, etag };

test('a change may be made of what was read alone', async () => {
  const { scoring, sent } = connect([fresh(), new Response(null, { status: 204 }), fresh(), fresh()]);
  await scoring.setWeights({ episode: { hash: 2 } }, { ifMatch: known.etag });
  await scoring.resetWeights({ ifMatch: known.etag });
  await scoring.setModifiers({ jimaku: 1 }, { ifMatch: known.etag });
  await scoring.setModifiers({ jimaku: 1 });
  expect(sent.map(({ headers }) => headers.get('if-match'))).toEqual([etag, etag, etag, null]);
});

test('a change of what is no longer the same is refused as such', async () => {
  const refusal = Response.json({ message: 'no', code: 'precondition_failed' }, { status: 412 });
  const { scoring } = connect([refusal]);
  await expect(scoring.removeModifier('jimaku', { ifMatch: etag })).rejects.toMatchObject({
    status: 412,
    code: 'precondition_failed',
  });
});

// The second would be told 412 although the first was done, as if somebody else had changed it.
test('a guarded change that may have been made is not sent again', async () => {
  const { scoring, sent } = connect([new Response('{}', { status: 503 })], 3);
  await expect(scoring.setWeights({}, { ifMatch: etag })).rejects.toMatchObject({ status: 503 });
  expect(sent).toHaveLength(1);
});
