import { describe, expect, it } from 'vitest';
import { findScriptProblem, interpreterOf } from './hook-run-script.ts';

describe('what can be run as a script', () => {
  it.each([
    ['a shell script', '#!/bin/sh\necho hi\n'],
    ['a blank before the interpreter', '#! /bin/sh\n'],
    ['env with an argument', '#!/usr/bin/env python3\nprint(1)\n'],
    ['no line end at all', '#!/bin/true'],
    ['carriage returns behind the first line', '#!/bin/sh\nprintf "a\r\n"\n'],
    ['text beyond ASCII', '#!/bin/sh\necho 日本語\n'],
  ])('takes %s', (_, body) => {
    expect(findScriptProblem(body)).toBeUndefined();
  });

  it.each([
    ['nothing', '', 'must start with #!'],
    ['no #! line', 'echo hi\n', 'must start with #!'],
    ['a blank line first', '\n#!/bin/sh\n', 'must start with #!'],
    ['a byte order mark', '\uFEFF#!/bin/sh\n', 'UTF-8 without BOM'],
    ['Windows line ends', '#!/bin/sh\r\necho hi\r\n', 'Unix line ends'],
    ['no interpreter', '#!\necho\n', 'whole path'],
    ['a relative interpreter', '#!python3\n', 'not "python3"'],
    ['a first line beyond what the kernel reads', `#!/${'x'.repeat(254)}\n`, 'shorten it'],
    ['bytes that were no UTF-8', '#!/bin/sh\necho \uFFFD\n', 'save it as UTF-8'],
  ])('refuses %s and says how to mend it', (_, body, message) => {
    expect(findScriptProblem(body)).toContain(message);
  });

  it('finds the interpreter', () => {
    expect(interpreterOf('#! /usr/bin/env python3\n')).toBe('/usr/bin/env');
  });
});
