import { isDeepStrictEqual } from 'node:util';
import { errorAnswerSchema } from '../../shared/api/error-answer.ts';
import type { Operation } from '../../shared/api/operation.ts';
import { operations } from '../../shared/api/operations.ts';

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(/[.]/g, String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+')}$`);

const known = operations.map((operation) => ({ operation, pattern: patternOf(operation.path) }));

/** The route that answers a request; of two that fit, the one with fewer parameters. */
export function findOperation(method: string, pathname: string): Operation | undefined {
  const [found] = known
    .filter(({ operation, pattern }) => operation.method === method && pattern.test(pathname))
    .toSorted((one, other) => one.operation.path.split('{').length - other.operation.path.split('{').length);
  return found?.operation;
}

/** Says how an answer differs from what the document tells of it; undefined when it does not. */
function findProblem(
  operation: Operation | undefined,
  { status, contentType, text }: { status: number; contentType: string; text: string },
): string | undefined {
  const documented = status >= 400 ? errorAnswerSchema : operation?.answers[status];
  if (documented === undefined) return `nothing tells of the status ${status}`;
  if (documented === 'none') return text === '' ? undefined : 'it was to have no body';
  if (documented === 'text') {
    return contentType.startsWith('text/plain') ? undefined : `it was to be text, and is ${contentType}`;
  }
  if (!contentType.startsWith('application/json')) return `it was to be JSON, and is ${contentType}`;
  const body: unknown = JSON.parse(text);
  const parsed = documented.safeParse(body);
  if (!parsed.success) return parsed.error.message;
  // Parsing leaves out what no schema tells of.
  return isDeepStrictEqual(parsed.data, body)
    ? undefined
    : `it is documented as ${JSON.stringify(parsed.data)}`;
}

/** Throws when an answer is not as the OpenAPI document tells. */
export function checkAnswer(method: string, url: URL, answer: Response, text: string): void {
  const problem = findProblem(findOperation(method, url.pathname), {
    status: answer.status,
    contentType: answer.headers.get('content-type') ?? '',
    text,
  });
  if (problem === undefined) return;
  throw new Error(
    `The answer ${answer.status} to ${method} ${url.pathname} is not as shared/api/ tells: ${problem}\n${text}`,
  );
}
