import type { Comparator, Condition, Operand, PathNode } from './expression-tree.ts';
import type { TokenReader } from './token-reader.ts';

const comparators: ReadonlySet<string> = new Set<Comparator>(['=', '<>', '<', '<=', '>', '>=']);
const isComparator = (text: string): text is Comparator => comparators.has(text);

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters
const choicesMax = 100;

function readArguments(reader: TokenReader, count: number): Operand[] {
  const name = reader.take().text;
  reader.expectSymbol('(');
  const operands: Operand[] = [];
  if (!reader.isSymbol(')')) {
    do operands.push(readOperand(reader));
    while (reader.takeSymbol(','));
  }
  reader.expectSymbol(')');
  if (operands.length !== count) {
    throw reader.failure(
      `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
    );
  }
  return operands;
}

function readOperand(reader: TokenReader): Operand {
  if (reader.isValue()) return reader.readValue();
  if (!reader.isCall()) return reader.readPath();
  const name = reader.peek().text;
  if (name !== 'size') throw refusedFunction(reader, name);
  const [of] = readArguments(reader, 1);
  if (of === undefined || of.kind === 'size') throw refusedFunction(reader, 'size');
  return { kind: 'size', of };
}

const knownFunctions: ReadonlySet<string> = new Set([
  'attribute_exists',
  'attribute_not_exists',
  'attribute_type',
  'begins_with',
  'contains',
  'if_not_exists',
  'list_append',
  'size',
]);

const refusedFunction = (reader: TokenReader, name: string): Error =>
  reader.failure(
    knownFunctions.has(name)
      ? `The function is not allowed to be used this way in an expression; function: ${name}`
      : `Invalid function name; function: ${name}`,
  );

function readPathArgument(reader: TokenReader): PathNode {
  const name = reader.peek().text;
  const [path] = readArguments(reader, 1);
  if (path?.kind !== 'path')
    throw reader.failure(`Operator or function requires a document path; operator or function: ${name}`);
  return path;
}

function readCall(reader: TokenReader): Condition {
  const { text } = reader.peek();
  switch (text) {
    case 'attribute_exists':
      return { kind: 'exists', path: readPathArgument(reader) };
    case 'attribute_not_exists':
      return { kind: 'not_exists', path: readPathArgument(reader) };
    case 'attribute_type':
    case 'begins_with':
    case 'contains': {
      const [operand, argument] = readArguments(reader, 2);
      if (operand === undefined || argument === undefined) throw reader.unexpected();
      return { kind: text, operand, argument };
    }
    default:
      throw refusedFunction(reader, text);
  }
}

function readChoices(reader: TokenReader): Operand[] {
  reader.expectSymbol('(');
  const choices: Operand[] = [];
  do choices.push(readOperand(reader));
  while (reader.takeSymbol(','));
  reader.expectSymbol(')');
  if (choices.length > choicesMax) {
    throw reader.failure(
      `The number of operands for the IN operator exceeds the limit of ${choicesMax}; number of operands: ${choices.length}`,
    );
  }
  return choices;
}

function readPredicate(reader: TokenReader): Condition {
  if (reader.isCall() && reader.peek().text !== 'size') return readCall(reader);
  const left = readOperand(reader);
  if (reader.takeWord('BETWEEN')) {
    const lower = readOperand(reader);
    if (!reader.takeWord('AND')) throw reader.unexpected();
    return { kind: 'between', operand: left, lower, upper: readOperand(reader) };
  }
  if (reader.takeWord('IN')) return { kind: 'in', operand: left, choices: readChoices(reader) };
  const comparator = reader.peek().text;
  if (!isComparator(comparator)) {
    throw left.kind === 'size' ? refusedFunction(reader, left.kind) : reader.unexpected();
  }
  reader.take();
  return { kind: 'comparison', comparator, left, right: readOperand(reader) };
}

/** Reads a whole condition: OR binds weaker than AND, and that weaker than NOT. */
export function parseCondition(reader: TokenReader): Condition {
  const inParentheses = new Set<Condition>();

  const readNot = (): Condition => {
    if (reader.takeWord('NOT')) return { kind: 'not', condition: readNot() };
    if (!reader.takeSymbol('(')) return readPredicate(reader);
    const condition = readOr();
    reader.expectSymbol(')');
    if (inParentheses.has(condition)) throw reader.failure('The expression has redundant parentheses;');
    inParentheses.add(condition);
    return condition;
  };
  const readJoined = (kind: 'and' | 'or', word: string, readPart: () => Condition): Condition => {
    const first = readPart();
    if (!reader.isWord(word)) return first;
    const conditions = [first];
    while (reader.takeWord(word)) conditions.push(readPart());
    return { kind, conditions };
  };
  const readAnd = (): Condition => readJoined('and', 'AND', readNot);
  const readOr = (): Condition => readJoined('or', 'OR', readAnd);

  const condition = readOr();
  reader.expectEnd();
  return condition;
}
