import { describe, expect, it } from 'vitest';
import { checkMessage, messageBytes, type OutgoingMessage } from './check-message.ts';

const text = (StringValue: string) => ({ DataType: 'String', StringValue });
const withAttribute = (
  name: string,
  attribute: { DataType: string; StringValue?: string; BinaryValue?: string },
) => ({
  body: 'x',
  attributes: { [name]: attribute },
});

describe('checkMessage', () => {
  it.each<[string, OutgoingMessage]>([
    ['a plain body', { body: 'x' }],
    ['every allowed kind of character', { body: '\t\n\r \u{D7FF}\u{E000}\u{FFFD}\u{10000}\u{10FFFF}' }],
    ['the longest delay', { body: 'x', delaySeconds: 900 }],
    ['no delay', { body: 'x', delaySeconds: 0 }],
    ['a group of punctuation', { body: 'x', groupId: 'wh_1:~!' }],
    ['the longest group', { body: 'x', groupId: 'g'.repeat(128) }],
    ['a number with exponent', withAttribute('n', { DataType: 'Number.float', StringValue: '-1.5e-3' })],
    ['a typed binary', withAttribute('b', { DataType: 'Binary.png', BinaryValue: 'AAE=' })],
    ['as many bytes as the queue takes', { body: 'x'.repeat(1_024) }],
  ])('takes %s', (_what, message) => {
    expect(checkMessage(message, 1_024)).toBeUndefined();
  });

  it.each<[string, OutgoingMessage, string]>([
    ['an empty body', { body: '' }, 'InvalidParameterValue'],
    ['NUL', { body: 'a\u0000' }, 'InvalidMessageContents'],
    ['half of a surrogate pair', { body: '\u{D800}' }, 'InvalidMessageContents'],
    ['U+FFFE', { body: '\uFFFE' }, 'InvalidMessageContents'],
    ['a negative delay', { body: 'x', delaySeconds: -1 }, 'InvalidParameterValue'],
    ['a broken delay', { body: 'x', delaySeconds: 1.5 }, 'InvalidParameterValue'],
    ['a delay over 900 s', { body: 'x', delaySeconds: 901 }, 'InvalidParameterValue'],
    ['an empty group', { body: 'x', groupId: '' }, 'InvalidParameterValue'],
    ['a group with a space', { body: 'x', groupId: 'a b' }, 'InvalidParameterValue'],
    ['a group of 129 characters', { body: 'x', groupId: 'g'.repeat(129) }, 'InvalidParameterValue'],
    ['a reserved attribute name', withAttribute('AWS.x', text('v')), 'InvalidParameterValue'],
    ['an attribute name with two dots', withAttribute('a..b', text('v')), 'InvalidParameterValue'],
    ['an attribute name that ends in a dot', withAttribute('a.', text('v')), 'InvalidParameterValue'],
    ['an unknown type', withAttribute('a', { DataType: 'Text', StringValue: 'v' }), 'InvalidParameterValue'],
    ['a string without a value', withAttribute('a', { DataType: 'String' }), 'InvalidParameterValue'],
    [
      'a word as number',
      withAttribute('a', { DataType: 'Number', StringValue: 'two' }),
      'InvalidParameterValue',
    ],
    ['text as binary', withAttribute('a', { DataType: 'Binary', StringValue: 'v' }), 'InvalidParameterValue'],
    [
      'eleven attributes',
      {
        body: 'x',
        attributes: Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`a${index}`, text('v')])),
      },
      'InvalidParameterValue',
    ],
    ['a byte more than the queue takes', { body: 'x'.repeat(1_025) }, 'InvalidParameterValue'],
    ['a body whose bytes, not characters, are too many', { body: 'ü'.repeat(513) }, 'InvalidParameterValue'],
  ])('refuses %s', (_what, message, code) => {
    expect(checkMessage(message, 1_024)?.code).toBe(code);
  });

  it('counts name, type and decoded value of attributes', () => {
    expect(
      messageBytes({
        body: 'ü',
        attributes: { ab: text('cde'), f: { DataType: 'Binary', BinaryValue: 'AAEC' } },
      }),
    ).toBe(2 + (2 + 6 + 3) + (1 + 6 + 3));
  });
});
