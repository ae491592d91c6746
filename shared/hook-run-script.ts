/**
 * The kernel reads this much of a file to find its interpreter and cuts the rest off.
 * https://man7.org/linux/man-pages/man2/execve.2.html (interpreter scripts)
 */
const firstLineBytesMax = 255;

/** Why a text cannot be run as a script, and how to mend it; undefined when it can. */
export function findScriptProblem(body: string): string | undefined {
  if (body.startsWith('\uFEFF#!')) {
    return 'begins with a byte order mark, which hides its #! line from the kernel: save it as UTF-8 without BOM';
  }
  if (!body.startsWith('#!')) {
    return 'must start with #! and the interpreter that runs it, such as #!/bin/sh or #!/usr/bin/env python3';
  }
  const [firstLine = ''] = body.split('\n', 1);
  if (firstLine.includes('\r')) {
    return 'has Windows line ends: the kernel would look for an interpreter whose name ends in a carriage return. Save it with Unix line ends (LF)';
  }
  if (Buffer.byteLength(firstLine) > firstLineBytesMax) {
    return `has a #! line of more than ${firstLineBytesMax} bytes, and the kernel reads no more: shorten it`;
  }
  const [interpreter = ''] = firstLine.slice(2).trim().split(/\s/, 1);
  if (!interpreter.startsWith('/')) {
    return `must name its interpreter by its whole path, not "${interpreter}": such as #!/bin/sh or #!/usr/bin/env python3`;
  }
  if (body.includes('\uFFFD')) {
    return 'holds bytes that are no UTF-8 (or U+FFFD in their place): save it as UTF-8';
  }
  return undefined;
}

/** The interpreter that the `#!` line names. */
export const interpreterOf = (body: string): string =>
  body.slice(2).split('\n', 1)[0]?.trim().split(/\s/, 1)[0] ?? '';
