import { invalid } from '../dynamo-errors.ts';
import { choiceIn, type Members } from './members.ts';

export const returnValues = ['ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW'] as const;

/** Does a put or delete ask for the item that was there? Throws ValidationException for what only updates answer. */
export function oldValuesWanted(input: Members): boolean {
  const wanted = choiceIn(input, 'ReturnValues', returnValues) ?? 'NONE';
  if (wanted !== 'NONE' && wanted !== 'ALL_OLD') throw invalid('Return values set to invalid value');
  return wanted === 'ALL_OLD';
}
