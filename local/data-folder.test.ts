import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isAuthorizedBy, loadAwsCredentials } from './aws-credentials.ts';
import { openDataFolder } from './data-folder.ts';
import { StartError } from './start-error.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'sublarr-events-test-'));
});
afterEach(() => {
  rmSync(parent, { recursive: true, force: true });
});

test('a second stack on the same folder is refused and told who holds it', () => {
  const first = openDataFolder(join(parent, 'data'));
  expect(() => openDataFolder(join(parent, 'data'))).toThrow(`process ${process.pid}`);
  first.close();
  openDataFolder(join(parent, 'data')).close();
});

test('a folder that cannot be made is a StartError that names it', () => {
  writeFileSync(join(parent, 'file'), '');
  expect(() => openDataFolder(join(parent, 'file', 'data'))).toThrow(StartError);
  expect(() => openDataFolder(join(parent, 'file', 'data'))).toThrow(join(parent, 'file', 'data'));
});

test('what is written is for the owner alone and is found again', () => {
  const folder = openDataFolder(join(parent, 'data'));
  folder.write('secret', 'text');
  expect(folder.read('secret')).toBe('text');
  expect(statSync(folder.file('secret')).mode & 0o777).toBe(0o600);
  expect(folder.read('nothing')).toBeUndefined();
  folder.close();
});

test('an ephemeral folder is gone when it is closed', () => {
  const folder = openDataFolder(undefined);
  folder.write('file', 'text');
  folder.close();
  expect(() => statSync(folder.path)).toThrow('ENOENT');
});

test('the key pair is made once, kept, and opens only for its own id', () => {
  const folder = openDataFolder(join(parent, 'data'));
  const credentials = loadAwsCredentials(folder);
  expect(loadAwsCredentials(folder)).toEqual(credentials);
  const header = (id: string): string =>
    `AWS4-HMAC-SHA256 Credential=${id}/20260101/us-east-1/sqs/aws4_request, Signature=x`;
  expect(isAuthorizedBy(credentials, header(credentials.accessKeyId))).toBe(true);
  expect(isAuthorizedBy(credentials, header('AKIAGUESS'))).toBe(false);
  expect(isAuthorizedBy(credentials, undefined)).toBe(false);
  folder.write('aws-credentials.json', '{}');
  expect(() => loadAwsCredentials(folder)).toThrow(/aws-credentials\.json is broken/);
  folder.close();
});
