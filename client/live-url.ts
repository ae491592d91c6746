/** The scheme of a WebSocket for each that a URL may have. */
const socketSchemes: Readonly<Record<string, string>> = {
  'http:': 'ws:',
  'https:': 'wss:',
  'ws:': 'ws:',
  'wss:': 'wss:',
};

/** Where the live stream is: as told, else `/live` at the API, as the box has it. Throws `TypeError` for no URL. */
export function findLiveUrl(apiUrl: URL, liveUrl: string | URL | undefined): URL {
  const url =
    liveUrl === undefined ? new URL(`${apiUrl.href.replace(/\/+$/, '')}/live`) : URL.parse(String(liveUrl));
  const scheme = socketSchemes[url?.protocol ?? ''];
  if (url === null || scheme === undefined) {
    throw new TypeError(
      `${String(liveUrl)} is not the URL of a live stream, such as ws://127.0.0.1:8484/live`,
    );
  }
  return new URL(`${scheme}${url.href.slice(url.protocol.length)}`);
}
