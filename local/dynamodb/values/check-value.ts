import { invalid, invalidParameter, unreadable } from '../dynamo-errors.ts';
import { isMembers, type Members } from '../request/members.ts';
import type { AttributeValue, Item } from './attribute-value.ts';
import { normaliseNumber } from './decimal.ts';
import { itemBytes } from './item-bytes.ts';

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const nestingMax = 32;
const itemBytesMax = 400 * 1024;
// An item's JSON is never shorter than the item, and a UTF-16 unit never longer than three bytes.
const bytesPerUnitMax = 3;

function textIn(holder: Members, type: string): string {
  const text = holder[type];
  if (typeof text !== 'string') throw unreadable(`An attribute value of type ${type} must be a string`);
  return text;
}

function checkBinary(text: string): void {
  if (Buffer.from(text, 'base64').toString('base64') !== text) {
    throw unreadable('Base64 encoded value is not valid');
  }
}

function checkSet(holder: Members, type: 'SS' | 'NS' | 'BS'): void {
  const members = holder[type];
  if (!Array.isArray(members)) throw unreadable(`An attribute value of type ${type} must be a list`);
  if (members.length === 0) {
    throw invalidParameter(
      type === 'BS'
        ? 'Binary sets should not be empty'
        : `An ${type === 'SS' ? 'string' : 'number'} set  may not be empty`,
    );
  }
  for (const [at, member] of members.entries()) {
    if (typeof member !== 'string') throw unreadable(`A member of type ${type} must be a string`);
    if (type === 'NS') members[at] = normaliseNumber(member);
    if (type === 'BS') checkBinary(member);
  }
  if (new Set(members).size < members.length) {
    throw type === 'NS'
      ? invalid('Input collection contains duplicates')
      : invalidParameter(`Input collection [${members.join(', ')}] contains duplicates.`);
  }
}

/**
 * Checks that a part of a request is an attribute value, and brings its numbers into their stored form in place.
 * Throws ValidationException or SerializationException in DynamoDB's words.
 */
export function checkValue(value: unknown, depth = 0): asserts value is AttributeValue {
  if (!isMembers(value)) throw unreadable('Unexpected value type in payload');
  let type: string | undefined;
  for (const name in value) {
    if (type !== undefined) {
      throw invalid(
        'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
      );
    }
    type = name;
  }
  switch (type) {
    case 'S':
      textIn(value, 'S');
      return;
    case 'N':
      value['N'] = normaliseNumber(textIn(value, 'N'));
      return;
    case 'BOOL':
      if (typeof value['BOOL'] !== 'boolean') throw unreadable('A BOOL must be true or false');
      return;
    case 'NULL':
      if (value['NULL'] !== true)
        throw invalidParameter('Null attribute value types must have the value of true');
      return;
    case 'M':
      checkAttributes(value['M'], depth + 1);
      return;
    case 'L': {
      const members = value['L'];
      if (!Array.isArray(members)) throw unreadable('An attribute value of type L must be a list');
      if (depth >= nestingMax) throw invalid('Nesting Levels have exceeded supported limits');
      for (const member of members) checkValue(member, depth + 1);
      return;
    }
    case 'B':
      checkBinary(textIn(value, 'B'));
      return;
    case 'SS':
    case 'NS':
    case 'BS':
      checkSet(value, type);
      return;
    case undefined:
    default:
      throw invalid('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
  }
}

/** Checks a map of attribute values; see `checkValue`. */
export function checkAttributes(value: unknown, depth = 0): asserts value is Item {
  if (!isMembers(value)) throw unreadable('Start of structure or map found where not expected');
  if (depth > nestingMax) throw invalid('Nesting Levels have exceeded supported limits');
  for (const name in value) checkValue(value[name], depth);
}

/** Throws ValidationException when an item, given with its JSON, is larger than DynamoDB stores. */
export function checkItemSize(item: Item, text: string, message: string): void {
  if (text.length * bytesPerUnitMax > itemBytesMax && itemBytes(item) > itemBytesMax) throw invalid(message);
}
