import * as z from 'zod';

/** A DynamoDB attribute value as the wire has it, such as `{ S: 'text' }`. */
export type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: boolean }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] }
  | { readonly L: readonly AttributeValue[] }
  | { readonly M: Readonly<Record<string, AttributeValue>> };

export const attributeValueSchema: z.ZodType<AttributeValue> = z.lazy(() =>
  z.union([
    z.object({ S: z.string() }),
    z.object({ N: z.string() }),
    z.object({ B: z.string() }),
    z.object({ BOOL: z.boolean() }),
    z.object({ NULL: z.boolean() }),
    z.object({ SS: z.array(z.string()) }),
    z.object({ NS: z.array(z.string()) }),
    z.object({ BS: z.array(z.string()) }),
    z.object({ L: z.array(attributeValueSchema) }),
    z.object({ M: z.record(z.string(), attributeValueSchema) }),
  ]),
);
export const itemSchema = z.record(z.string(), attributeValueSchema);
export type Item = z.infer<typeof itemSchema>;

const collectionBytes = 3;

/** One byte per two significant digits, one more, and one for a minus sign; zero takes one byte. */
function numberBytes(text: string): number {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().replace(/^[+-]/, '').split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = whole + fraction;
  const significant = digits.replace(/^0+/, '').replace(/0+$/, '');
  if (significant === '') return 1;
  // Digits are stored in pairs that begin at even powers of ten.
  const trailingZeros = digits.length - digits.replace(/0+$/, '').length;
  const lowestPower = Number(exponent) - fraction.length + trailingZeros;
  const pairs = Math.ceil((significant.length + Math.abs(lowestPower % 2)) / 2);
  return 1 + pairs + (text.startsWith('-') ? 1 : 0);
}

const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);
const base64Bytes = (text: string): number => Buffer.byteLength(text, 'base64');

function valueBytes(value: AttributeValue): number {
  if ('S' in value) return Buffer.byteLength(value.S);
  if ('N' in value) return numberBytes(value.N);
  if ('B' in value) return base64Bytes(value.B);
  if ('SS' in value) return sum(value.SS.map((text) => Buffer.byteLength(text)));
  if ('NS' in value) return sum(value.NS.map(numberBytes));
  if ('BS' in value) return sum(value.BS.map(base64Bytes));
  if ('L' in value) return collectionBytes + sum(value.L.map((each) => 1 + valueBytes(each)));
  if ('M' in value) return collectionBytes + Object.keys(value.M).length + itemBytes(value.M);
  return 1;
}

/**
 * The size by which DynamoDB meters an item: names and values.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemBytes(item: Item): number {
  return sum(Object.entries(item).map(([name, value]) => Buffer.byteLength(name) + valueBytes(value)));
}
