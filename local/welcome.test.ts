import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { formatReady, formatWelcome } from './welcome.ts';

const facts = {
  apiUrl: 'http://127.0.0.1:8484',
  liveUrl: null,
  apiKey: 'sk_key',
  awsEndpoint: 'http://127.0.0.1:4566',
  dataPath: "/srv/it's here",
};

test('scripts get one line of JSON', () => {
  expect(formatReady(facts)).toBe('{"api_url":"http://127.0.0.1:8484","live_url":null,"api_key":"sk_key"}');
});

test('people get three lines that a shell takes as they are, with the real address and key', () => {
  const commands = formatWelcome(facts, false)
    .split('\n')
    .filter((line) => line.startsWith('curl') || line.startsWith('printf'));
  expect(commands).toHaveLength(3);
  for (const command of commands) {
    // A function instead of curl tells how the shell understood the line.
    const told = execFileSync('sh', ['-c', `curl() { printf '%s\\n' "$@"; }\n${command}`], {
      encoding: 'utf8',
    });
    expect(told).toContain('X-Api-Key: sk_key\n');
    expect(told).toContain('\nhttp://127.0.0.1:8484/api/v1/');
    const body = told.split('\n').find((line) => line.startsWith('{')) ?? '';
    expect(JSON.parse(body)).toHaveProperty('event_name', 'subtitle_downloaded');
  }
});

test('the path of the data folder is quoted for the shell', () => {
  expect(formatWelcome(facts, false)).toContain(String.raw`. '/srv/it'\''s here/aws.env'`);
});
