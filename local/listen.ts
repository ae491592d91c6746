import { once } from 'node:events';
import type { Server } from 'node:http';
import { errorCode, StartError } from './start-error.ts';

// A request in flight ends within API Gateway's own 30 s; what is left then is cut.
const drainMsMax = 32_000;

function explain(error: unknown, host: string, port: number, option: string): unknown {
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return new StartError(`Port ${port} on ${host} is in use. Choose another for ${option}.`, {
        cause: error,
      });
    case 'EACCES':
      return new StartError(
        `Port ${port} on ${host} may not be opened by this user. Choose another for ${option}.`,
        {
          cause: error,
        },
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartError(`${host} is not an address of this machine. Choose another for ${option}.`, {
        cause: error,
      });
    case undefined:
    default:
      return error;
  }
}

async function drain(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const cut = setTimeout(() => {
    server.closeAllConnections();
  }, drainMsMax);
  await closed;
  clearTimeout(cut);
}

/** Listens, and answers the port and how to close: requests in flight are answered first. Throws StartError. */
export async function listen(
  server: Server,
  at: { readonly host: string; readonly port: number; readonly option: string },
): Promise<{ readonly port: number; close: () => Promise<void> }> {
  server.listen(at.port, at.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw explain(error, at.host, at.port, at.option);
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  let closing: Promise<void> | undefined;
  return { port: address.port, close: () => (closing ??= drain(server)) };
}
