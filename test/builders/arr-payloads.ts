// What Sonarr v4 and Radarr v5 send, field for field: members in camel case, nulls left out, enumerations in camel case
// but for `eventType`. https://github.com/Sonarr/Sonarr and /Radarr/Radarr, src/NzbDrone.Core/Notifications/Webhook

const sonarr = { instanceName: 'Sonarr', applicationUrl: '' };
const series = {
  id: 42,
  title: 'Frieren: Beyond Journey’s End',
  titleSlug: 'frieren-beyond-journeys-end',
  path: '/media/anime/Frieren',
  tvdbId: 424536,
  tvMazeId: 66906,
  imdbId: 'tt22248376',
  type: 'anime',
  year: 2023,
  genres: ['Adventure', 'Anime'],
  images: [
    { coverType: 'poster', url: '/MediaCover/42/poster.jpg', remoteUrl: 'https://art.example/42.jpg' },
  ],
  tags: ['anime'],
};
const episode = {
  id: 901,
  episodeNumber: 4,
  seasonNumber: 1,
  title: 'The Land Where Souls Rest',
  airDate: '2023-09-29',
  airDateUtc: '2023-09-29T12:00:00Z',
};
const nextEpisode = { ...episode, id: 902, episodeNumber: 5, title: 'Phantoms of the Dead' };
const episodeFile = {
  id: 3310,
  relativePath: 'Season 01/Frieren - S01E04.mkv',
  path: '/media/anime/Frieren/Season 01/Frieren - S01E04.mkv',
  quality: 'WEBDL-1080p',
  qualityVersion: 1,
  releaseGroup: 'Group',
  sceneName: 'Frieren.S01E04.1080p.WEB-DL-Group',
  size: 1468006400,
  dateAdded: '2026-11-22T11:58:07Z',
  languages: [{ id: 8, name: 'Japanese' }],
  mediaInfo: {
    audioChannels: 2,
    audioCodec: 'AAC',
    height: 1080,
    subtitles: ['eng'],
    videoCodec: 'x264',
    width: 1920,
  },
  sourcePath: '/downloads/Frieren.S01E04.mkv',
};
const release = {
  quality: 'WEBDL-1080p',
  qualityVersion: 1,
  releaseGroup: 'Group',
  releaseTitle: 'Frieren.S01E04.1080p.WEB-DL-Group',
  indexer: 'Indexer',
  size: 1468006400,
  customFormatScore: 0,
  customFormats: [],
};
const download = { downloadClient: 'qBittorrent', downloadClientType: 'qBittorrent', downloadId: 'A1B2C3' };
const customFormatInfo = { customFormats: [], customFormatScore: 0 };
const downloadInfo = {
  quality: 'WEBDL-1080p',
  qualityVersion: 1,
  title: release.releaseTitle,
  size: release.size,
};
const stuck = {
  downloadStatus: 'Warning',
  downloadStatusMessages: [{ title: release.releaseTitle, messages: ['Not an upgrade for existing file'] }],
};
const health = {
  level: 'warning',
  message: 'All indexers are unavailable due to failures',
  type: 'IndexerStatusCheck',
  wikiUrl: 'https://wiki.servarr.com/sonarr/system#indexers-are-unavailable-due-to-failures',
};
const update = { message: 'Sonarr updated', previousVersion: '4.0.20.3000', newVersion: '4.0.20.3014' };

/** By what happened. */
export const sonarrPayloads = {
  test: {
    series: {
      id: 1,
      title: 'Test Title',
      path: 'C:\\testpath',
      tvdbId: 1234,
      tvMazeId: 0,
      type: 'standard',
      year: 0,
      tags: ['test-tag'],
    },
    episodes: [{ id: 123, episodeNumber: 1, seasonNumber: 1, title: 'Test title' }],
    eventType: 'Test',
    ...sonarr,
  },
  grab: { series, episodes: [episode], release, ...download, customFormatInfo, eventType: 'Grab', ...sonarr },
  download: {
    series,
    episodes: [episode],
    episodeFile,
    isUpgrade: false,
    ...download,
    release,
    customFormatInfo,
    eventType: 'Download',
    ...sonarr,
  },
  upgrade: {
    series,
    episodes: [episode],
    episodeFile,
    isUpgrade: true,
    ...download,
    deletedFiles: [
      { ...episodeFile, id: 3100, quality: 'HDTV-720p', recycleBinPath: '/recycle/Frieren - S01E04.mkv' },
    ],
    release,
    customFormatInfo,
    eventType: 'Download',
    ...sonarr,
  },
  importComplete: {
    series,
    episodes: [episode, nextEpisode],
    episodeFiles: [episodeFile, { ...episodeFile, id: 3311 }],
    ...download,
    release,
    fileCount: 2,
    sourcePath: '/downloads/Frieren',
    destinationPath: '/media/anime/Frieren/Season 01',
    eventType: 'Download',
    ...sonarr,
  },
  rename: {
    series,
    renamedEpisodeFiles: [
      {
        ...episodeFile,
        previousRelativePath: 'Season 01/old.mkv',
        previousPath: '/media/anime/Frieren/Season 01/old.mkv',
      },
    ],
    eventType: 'Rename',
    ...sonarr,
  },
  episodeFileDelete: {
    series,
    episodes: [episode],
    episodeFile,
    deleteReason: 'upgrade',
    eventType: 'EpisodeFileDelete',
    ...sonarr,
  },
  seriesAdd: { series, eventType: 'SeriesAdd', ...sonarr },
  seriesDelete: { series, deletedFiles: true, eventType: 'SeriesDelete', ...sonarr },
  health: { ...health, eventType: 'Health', instanceName: 'Sonarr' },
  healthRestored: { ...health, eventType: 'HealthRestored', instanceName: 'Sonarr' },
  applicationUpdate: { ...update, eventType: 'ApplicationUpdate', instanceName: 'Sonarr' },
  manualInteraction: {
    series,
    episodes: [episode],
    downloadInfo,
    ...download,
    ...stuck,
    customFormatInfo,
    release,
    eventType: 'ManualInteractionRequired',
    ...sonarr,
  },
} as const;

const radarr = { instanceName: 'Radarr', applicationUrl: '' };
const movie = {
  id: 7,
  title: 'Spirited Away',
  year: 2001,
  releaseDate: '2002-07-19',
  folderPath: '/media/movies/Spirited Away (2001)',
  tmdbId: 129,
  imdbId: 'tt0245429',
  overview: 'A girl wanders into a world of spirits.',
  tags: ['ghibli'],
};
const remoteMovie = { tmdbId: 129, imdbId: 'tt0245429', title: 'Spirited Away', year: 2001 };
const movieFile = {
  id: 12,
  relativePath: 'Spirited Away (2001).mkv',
  path: '/media/movies/Spirited Away (2001)/Spirited Away (2001).mkv',
  quality: 'Bluray-1080p',
  qualityVersion: 1,
  releaseGroup: 'Group',
  sceneName: 'Spirited.Away.2001.1080p.BluRay-Group',
  indexerFlags: 'G_Freeleech',
  size: 9663676416,
  dateAdded: '2026-11-22T11:58:07Z',
  mediaInfo: {
    audioChannels: 5.1,
    audioCodec: 'DTS',
    height: 1080,
    subtitles: ['eng', 'jpn'],
    videoCodec: 'x264',
    width: 1920,
  },
  sourcePath: '/downloads/Spirited.Away.mkv',
};

/** By what happened. */
export const radarrPayloads = {
  test: {
    movie: {
      id: 1,
      title: 'Test Title',
      year: 1970,
      releaseDate: '1970-01-01',
      folderPath: 'C:\\testpath',
      tmdbId: 0,
      tags: ['test-tag'],
    },
    remoteMovie: { tmdbId: 1234, imdbId: '5678', title: 'Test title', year: 1970 },
    release: {
      quality: 'Test Quality',
      qualityVersion: 1,
      releaseGroup: 'Test Group',
      releaseTitle: 'Test Title',
      indexer: 'Test Indexer',
      size: 9999999,
    },
    eventType: 'Test',
    ...radarr,
  },
  grab: { movie, remoteMovie, release, ...download, customFormatInfo, eventType: 'Grab', ...radarr },
  download: {
    movie,
    remoteMovie,
    movieFile,
    isUpgrade: false,
    ...download,
    customFormatInfo,
    release,
    eventType: 'Download',
    ...radarr,
  },
  upgrade: {
    movie,
    remoteMovie,
    movieFile,
    isUpgrade: true,
    ...download,
    deletedFiles: [{ ...movieFile, id: 11, quality: 'HDTV-720p' }],
    customFormatInfo,
    release,
    eventType: 'Download',
    ...radarr,
  },
  rename: {
    movie,
    renamedMovieFiles: [
      {
        ...movieFile,
        previousRelativePath: 'old.mkv',
        previousPath: '/media/movies/Spirited Away (2001)/old.mkv',
      },
    ],
    eventType: 'Rename',
    ...radarr,
  },
  movieFileDelete: { movie, movieFile, deleteReason: 'manual', eventType: 'MovieFileDelete', ...radarr },
  movieAdded: { movie, addMethod: 'manual', eventType: 'MovieAdded', ...radarr },
  movieDelete: {
    movie,
    deletedFiles: true,
    movieFolderSize: 9663676416,
    eventType: 'MovieDelete',
    ...radarr,
  },
  health: { ...health, eventType: 'Health', ...radarr },
  healthRestored: { ...health, eventType: 'HealthRestored', instanceName: 'Radarr' },
  applicationUpdate: { ...update, eventType: 'ApplicationUpdate', ...radarr },
  manualInteraction: {
    movie,
    downloadInfo,
    ...download,
    ...stuck,
    customFormatInfo,
    release,
    eventType: 'ManualInteractionRequired',
    ...radarr,
  },
} as const;
