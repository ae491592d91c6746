import { type Members, required, textIn, violates } from './members.ts';

const shape = /^[a-zA-Z0-9_.-]+$/;

/** A table's or index's name. Throws ValidationException for one that DynamoDB would not take. */
export function checkName(parameter: string, name: string): string {
  if (name.length < 3) {
    throw violates(parameter, name, 'Member must have length greater than or equal to 3');
  }
  if (name.length > 255) {
    throw violates(parameter, name, 'Member must have length less than or equal to 255');
  }
  if (!shape.test(name)) {
    throw violates(parameter, name, 'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+');
  }
  return name;
}

export const tableNameIn = (input: Members): string =>
  checkName('TableName', required('TableName', textIn(input, 'TableName')));
