import { describe, expect, test } from 'vitest';
import { radarrPayloads, sonarrPayloads } from '../test/builders/arr-payloads.ts';
import { findPayloadProblems } from './catalog.ts';
import { readArrWebhook } from './inbound-arr.ts';

const frieren = 'Frieren: Beyond Journey’s End';
const movie = 'Spirited Away';

type Row = readonly [
  name: string,
  type: string,
  title: string | null,
  season: number | null,
  episode: number | null,
];

const sonarrRows = [
  ['grab', 'Grab', frieren, 1, 4],
  ['download', 'Download', frieren, 1, 4],
  ['upgrade', 'Download', frieren, 1, 4],
  ['importComplete', 'Download', frieren, 1, 4],
  ['rename', 'Rename', frieren, null, null],
  ['episodeFileDelete', 'EpisodeFileDelete', frieren, 1, 4],
  ['seriesAdd', 'SeriesAdd', frieren, null, null],
  ['seriesDelete', 'SeriesDelete', frieren, null, null],
  ['health', 'Health', null, null, null],
  ['healthRestored', 'HealthRestored', null, null, null],
  ['applicationUpdate', 'ApplicationUpdate', null, null, null],
  ['manualInteraction', 'ManualInteractionRequired', frieren, 1, 4],
] as const satisfies readonly Row[];

const radarrRows = [
  ['grab', 'Grab', movie, null, null],
  ['download', 'Download', movie, null, null],
  ['upgrade', 'Download', movie, null, null],
  ['rename', 'Rename', movie, null, null],
  ['movieFileDelete', 'MovieFileDelete', movie, null, null],
  ['movieAdded', 'MovieAdded', movie, null, null],
  ['movieDelete', 'MovieDelete', movie, null, null],
  ['health', 'Health', null, null, null],
  ['healthRestored', 'HealthRestored', null, null, null],
  ['applicationUpdate', 'ApplicationUpdate', null, null, null],
  ['manualInteraction', 'ManualInteractionRequired', movie, null, null],
] as const satisfies readonly Row[];

describe('a webhook of Sonarr', () => {
  test.each(sonarrRows)('%s becomes a webhook_received of %s', (name, event_type, title, season, episode) => {
    const payload = sonarrPayloads[name];
    const data = { source: 'sonarr', event_type, title, season, episode, payload };
    expect(readArrWebhook('sonarr', payload)).toEqual({ kind: 'received', data, leftOut: [] });
    expect(findPayloadProblems('webhook_received', data)).toEqual([]);
  });
});

describe('a webhook of Radarr', () => {
  test.each(radarrRows)('%s becomes a webhook_received of %s', (name, event_type, title, season, episode) => {
    const payload = radarrPayloads[name];
    const data = { source: 'radarr', event_type, title, season, episode, payload };
    expect(readArrWebhook('radarr', payload)).toEqual({ kind: 'received', data, leftOut: [] });
    expect(findPayloadProblems('webhook_received', data)).toEqual([]);
  });
});

test('every payload but the test has a row', () => {
  expect(sonarrRows.map(([name]) => name)).toEqual(Object.keys(sonarrPayloads).slice(1));
  expect(radarrRows.map(([name]) => name)).toEqual(Object.keys(radarrPayloads).slice(1));
});

test('an event whose payload is too large for the bus comes without its largest members, and names them', () => {
  const { renamedEpisodeFiles, ...rest } = sonarrPayloads.rename;
  const files = Array.from({ length: 1000 }, () => renamedEpisodeFiles[0]);
  const received = readArrWebhook('sonarr', { ...rest, renamedEpisodeFiles: files });
  expect(received).toMatchObject({ kind: 'received', leftOut: ['renamedEpisodeFiles'] });
  expect(received).toHaveProperty('data', {
    source: 'sonarr',
    event_type: 'Rename',
    title: frieren,
    season: null,
    episode: null,
    payload: rest,
    payload_left_out: ['renamedEpisodeFiles'],
  });
});

test('the test of either is known', () => {
  expect(readArrWebhook('sonarr', sonarrPayloads.test)).toEqual({ kind: 'test' });
  expect(readArrWebhook('radarr', radarrPayloads.test)).toEqual({ kind: 'test' });
  expect(readArrWebhook('radarr', { ...radarrPayloads.test, eventType: 'test' })).toEqual({ kind: 'test' });
});

test('an event type of a later version passes as it is named, with what is known of its payload', () => {
  const payload = { eventType: 'SubtitleWanted', series: { title: 'Mushishi' }, extra: [1] };
  expect(readArrWebhook('sonarr', payload)).toEqual({
    kind: 'received',
    data: {
      source: 'sonarr',
      event_type: 'SubtitleWanted',
      title: 'Mushishi',
      season: null,
      episode: null,
      payload,
    },
    leftOut: [],
  });
});

test.each([
  [{ series: 'Mushishi' }],
  [{ series: { title: 5 } }],
  [{ series: null }],
  [{ episodes: {} }],
  [{ episodes: [] }],
  [{ episodes: [{ seasonNumber: '1', episodeNumber: 2 }] }],
  [{ episodes: [{ seasonNumber: 1.5, episodeNumber: 2 }] }],
])('what has another shape than expected, such as %j, loses no event', (odd) => {
  const payload = { eventType: 'Download', ...odd };
  expect(readArrWebhook('sonarr', payload)).toMatchObject({
    data: { event_type: 'Download', title: null, season: null, episode: null, payload },
  });
});

test.each([
  [null],
  [5],
  ['text'],
  [[]],
  [{}],
  [{ eventType: '' }],
  [{ eventType: 3 }],
  [{ event_name: 'x' }],
])('%j is refused: it is no webhook of theirs', (body) => {
  expect(() => readArrWebhook('radarr', body)).toThrow(expect.objectContaining({ code: 'unprocessable' }));
});
