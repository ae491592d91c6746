import { invalid } from '../dynamo-errors.ts';
import type { ExpressionKind, PathNode, PathStep, ValueNode } from './expression-tree.ts';
import { isReserved } from './reserved-words.ts';

interface Token {
  readonly kind: 'name' | 'alias' | 'value' | 'number' | 'symbol' | 'end';
  readonly text: string;
  readonly at: number;
}

const pattern =
  /\s*(?:(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<alias>#[A-Za-z0-9_]+)|(?<value>:[A-Za-z0-9_]+)|(?<number>\d+)|(?<symbol><>|<=|>=|[=<>(),.[\]+-]))/y;

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-expression-parameters
const expressionBytesMax = 4096;

/** Reads one expression from left to right. Every failure is a ValidationException that names the parameter. */
export class TokenReader {
  readonly aliases = new Set<string>();
  readonly values = new Set<string>();
  readonly #kind: ExpressionKind;
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #next = 0;

  constructor(kind: ExpressionKind, text: string) {
    this.#kind = kind;
    this.#text = text;
    if (text.trim() === '') throw this.failure('The expression can not be empty;');
    if (Buffer.byteLength(text) > expressionBytesMax) {
      throw this.failure(
        `Expression size has exceeded the maximum allowed size; expression size: ${Buffer.byteLength(text)}`,
      );
    }
    this.#readTokens();
  }

  #readTokens(): void {
    const end = this.#text.trimEnd().length;
    let at = 0;
    while (at < end) {
      pattern.lastIndex = at;
      const match = pattern.exec(this.#text);
      if (match === null) {
        const rest = this.#text.slice(at).trimStart();
        throw this.failure(`Syntax error; token: "${rest.charAt(0)}", near: "${rest.slice(0, 10)}"`);
      }
      const [kind, text] = Object.entries(match.groups ?? {}).find(([, group]) => group !== undefined) ?? [];
      at = pattern.lastIndex;
      this.#tokens.push({ kind: tokenKind(kind), text: text ?? '', at: at - (text ?? '').length });
    }
  }

  failure(message: string): Error {
    return invalid(`Invalid ${this.#kind}: ${message}`);
  }

  peek(ahead = 0): Token {
    return this.#tokens[this.#next + ahead] ?? { kind: 'end', text: '<EOF>', at: this.#text.length };
  }

  take(): Token {
    const token = this.peek();
    this.#next += 1;
    return token;
  }

  /** The failure at the next token. */
  unexpected(): Error {
    const token = this.peek();
    const from = this.#tokens[this.#next - 1]?.at ?? 0;
    const last = this.peek(1);
    const near = this.#text.slice(from, last.kind === 'end' ? undefined : last.at + last.text.length);
    return this.failure(`Syntax error; token: "${token.text}", near: "${near.trim()}"`);
  }

  isSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'symbol' && token.text === symbol;
  }

  isWord(word: string): boolean {
    const token = this.peek();
    return token.kind === 'name' && token.text.toUpperCase() === word;
  }

  takeSymbol(symbol: string): boolean {
    const isThere = this.isSymbol(symbol);
    if (isThere) this.take();
    return isThere;
  }

  takeWord(word: string): boolean {
    const isThere = this.isWord(word);
    if (isThere) this.take();
    return isThere;
  }

  expectSymbol(symbol: string): void {
    if (!this.takeSymbol(symbol)) throw this.unexpected();
  }

  expectEnd(): void {
    if (this.peek().kind !== 'end') throw this.unexpected();
  }

  /** Is a function called here? */
  isCall(): boolean {
    return this.peek().kind === 'name' && this.isSymbol('(', 1);
  }

  isValue(): boolean {
    return this.peek().kind === 'value';
  }

  readValue(): ValueNode {
    if (!this.isValue()) throw this.unexpected();
    const name = this.take().text;
    this.values.add(name);
    return { kind: 'value', name };
  }

  readPath(): PathNode {
    const steps: PathStep[] = [this.#readName()];
    for (;;) {
      if (this.takeSymbol('.')) {
        steps.push(this.#readName());
      } else if (this.takeSymbol('[')) {
        if (this.peek().kind !== 'number') throw this.unexpected();
        steps.push({ kind: 'place', place: Number(this.take().text) });
        this.expectSymbol(']');
      } else {
        return { kind: 'path', steps };
      }
    }
  }

  #readName(): PathStep {
    const { kind, text } = this.peek();
    if (kind === 'alias') {
      this.take();
      this.aliases.add(text);
      return { kind, alias: text };
    }
    if (kind !== 'name') throw this.unexpected();
    if (isReserved(text)) {
      throw this.failure(`Attribute name is a reserved keyword; reserved keyword: ${text}`);
    }
    this.take();
    return { kind, name: text };
  }
}

function tokenKind(group: string | undefined): Token['kind'] {
  switch (group) {
    case 'name':
    case 'alias':
    case 'value':
    case 'number':
      return group;
    case undefined:
    default:
      return 'symbol';
  }
}
