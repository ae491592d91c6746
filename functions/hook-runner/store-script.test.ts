import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLoadScript } from './store-script.ts';

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync('/tmp/store-script-test-'), 'scripts');
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

describe('scripts on disk', () => {
  it('are read once, written whole, and may be run but not changed', async () => {
    const reads: string[] = [];
    const load = createLoadScript(folder, async (tenant, sha256) => {
      reads.push(`${tenant} ${sha256}`);
      return '#!/bin/sh\necho hi\n';
    });
    const script = await load('default', 'abc');
    expect(script).toEqual({ file: join(folder, 'abc'), interpreter: '/bin/sh' });
    expect(await load('default', 'abc')).toBe(script);
    expect(reads).toEqual(['default abc']);
    expect(readFileSync(join(folder, 'abc'), 'utf8')).toBe('#!/bin/sh\necho hi\n');
    expect(statSync(join(folder, 'abc')).mode & 0o777).toBe(0o555);
    expect(statSync(folder).mode & 0o777).toBe(0o711);
    expect(readdirSync(folder)).toEqual(['abc']);
  });

  it('are written again when somebody tidied them up', async () => {
    const load = createLoadScript(folder, async () => '#!/bin/sh\n');
    await load('default', 'abc');
    rmSync(folder, { recursive: true });
    await load('default', 'abc');
    expect(readdirSync(folder)).toEqual(['abc']);
  });

  it('that are gone are asked for again the next time', async () => {
    let body: string | undefined;
    const load = createLoadScript(folder, async () => body);
    expect(await load('default', 'abc')).toBeUndefined();
    body = '#!/bin/sh\n';
    expect(await load('default', 'abc')).toBeDefined();
  });

  it('are loaded at the same time without harm', async () => {
    const load = createLoadScript(folder, async () => '#!/bin/sh\n');
    const loaded = await Promise.all(Array.from({ length: 10 }, () => load('default', 'abc')));
    expect(new Set(loaded.map((script) => script?.file)).size).toBe(1);
    expect(readdirSync(folder)).toEqual(['abc']);
  });

  it('of a tenant are not given to another one that lacks their content', async () => {
    const load = createLoadScript(folder, async (tenant) => (tenant === 'a' ? '#!/bin/sh\n' : undefined));
    expect(await load('a', 'abc')).toBeDefined();
    expect(await load('b', 'abc')).toBeUndefined();
  });
});
