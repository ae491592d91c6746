import type { SetOperand, SetValue, UpdateAction } from './expression-tree.ts';
import type { TokenReader } from './token-reader.ts';

function readPair(reader: TokenReader): [SetOperand, SetOperand] {
  reader.expectSymbol('(');
  const first = readSetOperand(reader);
  reader.expectSymbol(',');
  const second = readSetOperand(reader);
  reader.expectSymbol(')');
  return [first, second];
}

function readSetOperand(reader: TokenReader): SetOperand {
  if (reader.isValue()) return reader.readValue();
  if (!reader.isCall()) return reader.readPath();
  const name = reader.take().text;
  switch (name) {
    case 'if_not_exists': {
      const [path, otherwise] = readPair(reader);
      if (path.kind !== 'path') {
        throw reader.failure(`Operator or function requires a document path; operator or function: ${name}`);
      }
      return { kind: name, path, otherwise };
    }
    case 'list_append': {
      const [first, second] = readPair(reader);
      return { kind: name, first, second };
    }
    case 'attribute_exists':
    case 'attribute_not_exists':
    case 'attribute_type':
    case 'begins_with':
    case 'contains':
    case 'size':
      throw reader.failure(`The function is not allowed in an update expression; function: ${name}`);
    default:
      throw reader.failure(`Invalid function name; function: ${name}`);
  }
}

function readSetValue(reader: TokenReader): SetValue {
  if (reader.takeSymbol('(')) {
    const value = readSetValue(reader);
    reader.expectSymbol(')');
    return value;
  }
  const left = readSetOperand(reader);
  for (const operator of ['+', '-'] as const) {
    if (reader.takeSymbol(operator)) {
      return { kind: 'sum', operator, left, right: readSetOperand(reader) };
    }
  }
  return left;
}

const readAction = {
  SET: (reader: TokenReader): UpdateAction => {
    const path = reader.readPath();
    reader.expectSymbol('=');
    return { kind: 'set', path, value: readSetValue(reader) };
  },
  REMOVE: (reader: TokenReader): UpdateAction => ({ kind: 'remove', path: reader.readPath() }),
  ADD: (reader: TokenReader): UpdateAction => ({
    kind: 'add',
    path: reader.readPath(),
    value: reader.readValue(),
  }),
  DELETE: (reader: TokenReader): UpdateAction => ({
    kind: 'delete',
    path: reader.readPath(),
    value: reader.readValue(),
  }),
};

type Section = keyof typeof readAction;
const sections = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const satisfies readonly Section[];

/** Reads the sections of an update, each of which may stand once. */
export function parseUpdate(reader: TokenReader): readonly UpdateAction[] {
  const actions: UpdateAction[] = [];
  const seen = new Set<Section>();
  while (reader.peek().kind !== 'end') {
    const section = sections.find((word) => reader.isWord(word));
    if (section === undefined) throw reader.unexpected();
    if (seen.has(section)) {
      throw reader.failure(`The "${section}" section can only be used once in an update expression;`);
    }
    seen.add(section);
    reader.take();
    do actions.push(readAction[section](reader));
    while (reader.takeSymbol(','));
  }
  return actions;
}
