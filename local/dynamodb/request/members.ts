import { notEmulated } from '../../aws/handle-aws-request.ts';
import { invalid, unreadable } from '../dynamo-errors.ts';

/** A JSON object of a request, its members not yet looked at. */
export type Members = Record<string, unknown>;

export const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Throws SerializationException when the value is no JSON object. */
export function membersOf(value: unknown): Members {
  if (!isMembers(value)) throw unreadable('Start of structure or map found where not expected');
  return value;
}

/** The JSON object of this name, if it is given. */
export function mapIn(members: Members, name: string): Members | undefined {
  const value = members[name];
  return value === undefined || value === null ? undefined : membersOf(value);
}

export function listIn(members: Members, name: string): readonly unknown[] | undefined {
  const value = members[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw unreadable(`${name} must be a list`);
  return value;
}

export function textIn(members: Members, name: string): string | undefined {
  const value = members[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw unreadable(`${name} must be a string`);
  return value;
}

export function flagIn(members: Members, name: string): boolean | undefined {
  const value = members[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw unreadable(`${name} must be true or false`);
  return value;
}

const memberName = (name: string): string => `${name.charAt(0).toLowerCase()}${name.slice(1)}`;

/** The constraint violation of DynamoDB's request validation. */
export const violates = (name: string, value: string | number | undefined, constraint: string): Error =>
  invalid(
    `1 validation error detected: Value ${value === undefined ? 'null' : `'${value}'`} at '${memberName(name)}' failed to satisfy constraint: ${constraint}`,
  );

export function integerIn(members: Members, name: string, min: number): number | undefined {
  const value = members[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw unreadable(`${name} must be an integer`);
  if (value < min) throw violates(name, value, `Member must have value greater than or equal to ${min}`);
  return value;
}

export function choiceIn<const Choice extends string>(
  members: Members,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = textIn(members, name);
  if (text === undefined) return undefined;
  const choice = choices.find((each) => each === text);
  if (choice === undefined)
    throw violates(name, text, `Member must satisfy enum value set: [${choices.join(', ')}]`);
  return choice;
}

/** Throws the violation that the member must not be null. */
export function required<Value>(name: string, value: Value | undefined): Value {
  if (value === undefined) throw violates(name, undefined, 'Member must not be null');
  return value;
}

/** Refuses by name the parameters that this engine does not have. */
export function refuseParameters(members: Members, operation: string, names: readonly string[]): void {
  for (const name of names) {
    if (members[name] !== undefined && members[name] !== null)
      throw notEmulated(`DynamoDB ${operation} ${name}`);
  }
}
