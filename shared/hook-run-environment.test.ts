import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CatalogEvent } from './event.ts';
import {
  createRunEnvironment,
  environmentBytesMax,
  environmentEntryBytesMax,
  environmentNameOf,
} from './hook-run-environment.ts';

const eventWith = (data: Record<string, unknown>): CatalogEvent => ({
  id: 'evt_1',
  tenant: 'default',
  event_name: 'subtitle_downloaded',
  version: 1,
  timestamp: '2026-11-22T10:00:00.000Z',
  data,
});
const environmentOf = (data: Record<string, unknown>) =>
  createRunEnvironment(eventWith(data), '/usr/bin:/bin');

describe('the environment of a script', () => {
  it('has exactly PATH, the event and one variable per payload key', () => {
    expect(environmentOf({ series_title: 'Mushishi', season: 1 })).toEqual({
      PATH: '/usr/bin:/bin',
      SUBLARR_EVENT: 'subtitle_downloaded',
      SUBLARR_EVENT_DATA: '{"series_title":"Mushishi","season":1}',
      SUBLARR_SERIES_TITLE: 'Mushishi',
      SUBLARR_SEASON: '1',
    });
  });

  it.each([
    ['a string as it is', 'Mushishi = 1', 'Mushishi = 1'],
    ['an empty string', '', ''],
    ['null as an empty string', null, ''],
    ['an integer', 7, '7'],
    ['a boolean', true, 'true'],
    ['a list as JSON', ['a', 'b'], '["a","b"]'],
    ['an object as JSON', { a: { b: 1 } }, '{"a":{"b":1}}'],
    ['NUL, CR and LF as spaces', 'a\0b\rc\nd', 'a b c d'],
    ['other characters untouched', '„Ö“ 🎬\t$(id)`', '„Ö“ 🎬\t$(id)`'],
  ])('renders %s', (_, value, expected) => {
    expect(environmentOf({ key: value })['SUBLARR_KEY']).toBe(expected);
  });

  it.each([
    ['series_title', 'SUBLARR_SERIES_TITLE'],
    ['camelCase', 'SUBLARR_CAMELCASE'],
    ['a.b-c=d e', 'SUBLARR_A_B_C_D_E'],
    ['größe', 'SUBLARR_GR_SSE'],
    ['path', 'SUBLARR_PATH'],
    ['', 'SUBLARR_'],
    ['\0\n', 'SUBLARR___'],
  ])('names the key %j %s', (key, name) => {
    expect(environmentNameOf(key)).toBe(name);
  });

  it('lets no payload key shadow SUBLARR_EVENT, SUBLARR_EVENT_DATA or SUBLARR_EVENT_FILE', () => {
    const data = { event: 'forged', EVENT: 'forged', event_data: 'forged', 'event-file': 'forged' };
    const environment = environmentOf(data);
    expect(environment['SUBLARR_EVENT']).toBe('subtitle_downloaded');
    expect(environment['SUBLARR_EVENT_DATA']).toBe(JSON.stringify(data));
    expect(Object.keys(environment)).toHaveLength(3);
  });

  it('keeps the first of two keys that share a name', () => {
    expect(environmentOf({ 'a-b': 'first', a_b: 'second' })['SUBLARR_A_B']).toBe('first');
  });

  it('does not let a second key take the place of a first that was too long', () => {
    const data = { 'a-b': 'x'.repeat(environmentEntryBytesMax), a_b: 'second' };
    expect(environmentOf(data)).not.toHaveProperty('SUBLARR_A_B');
  });

  it('passes a value of exactly the kernel’s limit and leaves out one byte more', () => {
    const room = environmentEntryBytesMax - 'SUBLARR_KEY='.length;
    expect(environmentOf({ key: 'x'.repeat(room) })).toHaveProperty('SUBLARR_KEY');
    expect(environmentOf({ key: 'x'.repeat(room + 1) })).not.toHaveProperty('SUBLARR_KEY');
    expect(environmentOf({ key: 'ö'.repeat(room / 2 + 1) })).not.toHaveProperty('SUBLARR_KEY');
  });

  it('holds at any payload: names are plain, values hold no line end, and the kernel takes all of it', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ unit: 'binary' }),
          fc.oneof(
            fc.jsonValue(),
            fc.string({ unit: 'binary' }),
            fc.constant('\n'.repeat(200_000)),
            fc.constant('ä'.repeat(60_000)),
          ),
          { maxKeys: 20 },
        ),
        (data) => {
          const environment = environmentOf(data);
          let bytes = 0;
          for (const [name, value] of Object.entries(environment)) {
            const size = Buffer.byteLength(`${name}=${value}`);
            bytes += size + 9;
            expect(name).toMatch(/^(?:PATH|SUBLARR_[A-Z0-9_]*)$/);
            // eslint-disable-next-line no-control-regex
            expect(value).not.toMatch(/[\0\r\n]/);
            expect(size).toBeLessThan(128 * 1024);
          }
          expect(bytes).toBeLessThanOrEqual(environmentBytesMax);
          expect(environment['SUBLARR_EVENT']).toBe('subtitle_downloaded');
          const dataSize = Buffer.byteLength(`SUBLARR_EVENT_DATA=${JSON.stringify(data)}`);
          expect(environment['SUBLARR_EVENT_DATA'] !== undefined).toBe(dataSize < 128 * 1024);
        },
      ),
      { numRuns: 60 },
    );
  });
});
