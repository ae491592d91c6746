import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { LocalFunction } from '../lambda/local-function.ts';
import type { Log } from '../log.ts';
import type { StartTimer } from '../sqs/open-queues.ts';
import { describeError, StartError } from '../start-error.ts';
import type { SocketRouteModel, WebSocketApiModel } from '../template/read-web-socket-api.ts';
import { readAdmission, refuseUpgrade, refuseUpgradeWith } from './answer-upgrade.ts';
import { buildSocketEvent, type ConnectionFacts, type SocketHappening } from './build-socket-event.ts';
import { type Connection, createConnection, goingAway } from './connection.ts';
import { selectRoute } from './select-route.ts';

/** Takes a request that asks for an upgrade; the socket is its own from then on. */
export type ServeUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface WebSocketFront {
  readonly upgrade: ServeUpgrade;
  /** Lets nobody in any more, closes every connection with 1001, and resolves when `$disconnect` has heard of all. */
  close(): Promise<void>;
}

// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
const messageBytesMax = 128 * 1024;
// What a client has for its part of the closing handshake when the stack stops.
const handshakeMs = 1000;

/** Such as `L0SM9cOFvHcCIhw=`. */
const createConnectionId = (): string => `${randomBytes(11).toString('base64url')}=`;

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}

/**
 * Serves one WebSocket API: `$connect` decides who comes in, `$disconnect` hears of who leaves, messages go to the
 * route that they name. Open connections are in `connections` while they last. Throws StartError when a route names
 * an unknown function.
 */
export function createWebSocketFront(options: {
  readonly api: WebSocketApiModel;
  readonly functions: readonly LocalFunction[];
  readonly connections: Map<string, Connection>;
  readonly now: () => Date;
  readonly after: StartTimer;
  readonly log: Log;
}): WebSocketFront {
  const { api, connections, now, after, log } = options;
  const subprotocols = new WeakMap<IncomingMessage, string>();
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: messageBytesMax,
    handleProtocols: (_, request) => subprotocols.get(request) ?? false,
  });
  const work = new Set<Promise<unknown>>();
  let isClosing = false;

  const findFunction = ({ functionArn, logicalId }: SocketRouteModel): LocalFunction | undefined => {
    const found = options.functions.find(({ arn }) => arn === functionArn);
    if (functionArn !== undefined && found === undefined) {
      throw new StartError(`The template's ${logicalId} names no function of the template: ${functionArn}`);
    }
    return found;
  };
  const targets = new Map(api.routes.map((route) => [route.routeKey, findFunction(route)]));

  const invoke = async (facts: ConnectionFacts, routeKey: string, happening: SocketHappening) =>
    targets.get(routeKey)?.invoke(buildSocketEvent(facts, routeKey, happening, now()));

  /** What a stop waits for. */
  const track = (promise: Promise<unknown>): void => {
    const settled = promise
      .catch((error: unknown) => {
        log({ level: 'error', source: 'websocket', message: describeError(error) });
      })
      .finally(() => work.delete(settled));
    work.add(settled);
  };

  const disconnect = async (facts: ConnectionFacts, code: number, reason: string): Promise<void> => {
    await invoke(facts, '$disconnect', { eventType: 'DISCONNECT', code, reason });
  };

  const receive = async (connection: Connection, data: RawData, isBinary: boolean): Promise<void> => {
    const bytes = toBuffer(data);
    const routeKey = selectRoute(bytes.toString('utf8'), api.routeKeyPath, targets);
    if (routeKey === undefined) {
      const { connectionId } = connection.facts;
      connection.post(JSON.stringify({ message: 'Forbidden', connectionId }));
      return;
    }
    const body = bytes.toString(isBinary ? 'base64' : 'utf8');
    await invoke(connection.facts, routeKey, { eventType: 'MESSAGE', body, isBase64Encoded: isBinary });
  };

  const keep = (socket: WebSocket, facts: ConnectionFacts): void => {
    const connection = createConnection({ socket, facts, now: () => now().getTime(), after });
    connections.set(facts.connectionId, connection);
    // A message that breaks the protocol or is too large: the socket closes by itself.
    socket.on('error', (error) => {
      log({ level: 'info', source: 'websocket', message: `${facts.connectionId}: ${describeError(error)}` });
    });
    socket.on('message', (data, isBinary) => {
      track(receive(connection, data, isBinary));
    });
    socket.once('close', (code, reason) => {
      connections.delete(facts.connectionId);
      track(disconnect(facts, code, reason.toString()));
    });
    if (isClosing) connection.close(goingAway, 'The server stops');
  };

  const admit = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const facts: ConnectionFacts = {
      connectionId: createConnectionId(),
      apiId: api.apiId,
      stage: api.stageName,
      domainName: request.headers.host ?? '',
      sourceIp: request.socket.remoteAddress ?? '',
      userAgent: request.headers['user-agent'],
      connectedAt: now().getTime(),
    };
    const result = await invoke(facts, '$connect', { eventType: 'CONNECT', request });
    // Without a function behind $connect everybody comes in.
    const admission =
      result === undefined ? ({ kind: 'accepted', subprotocol: undefined } as const) : readAdmission(result);
    if (admission.kind === 'refused') {
      refuseUpgrade(socket, admission.status, admission.body);
      return;
    }
    if (admission.subprotocol !== undefined) subprotocols.set(request, admission.subprotocol);
    let isOpen = false;
    server.handleUpgrade(request, socket, head, (accepted) => {
      isOpen = true;
      keep(accepted, facts);
    });
    // The client left meanwhile, or its handshake is not valid.
    if (!isOpen) await disconnect(facts, 1006, 'The connection was not opened');
  };

  const upgrade: ServeUpgrade = (request, socket, head) => {
    // It may break before it is a WebSocket; its close is all that matters then.
    socket.on('error', () => undefined);
    const path = (request.url ?? '/').split('?')[0];
    if (isClosing) refuseUpgradeWith(socket, 503);
    else if (path !== `/${api.stageName}`) refuseUpgradeWith(socket, 404);
    else track(admit(request, socket, head));
  };

  return {
    upgrade,
    close: async () => {
      isClosing = true;
      for (const connection of connections.values()) connection.close(goingAway, 'The server stops');
      const cut = setTimeout(() => {
        for (const connection of connections.values()) connection.terminate();
      }, handshakeMs);
      // A connection that closes adds the work of telling so.
      while (connections.size > 0 || work.size > 0) {
        await Promise.race([...work, ...[...connections.values()].map(({ closed }) => closed)]);
      }
      clearTimeout(cut);
    },
  };
}
