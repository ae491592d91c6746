import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { EventsStack } from '../cdk/stack.ts';
import { type AwsCredentials, loadAwsCredentials } from './aws-credentials.ts';
import { type AwsEndpoint, openAwsEndpoint } from './aws-endpoint.ts';
import { awsVariables, formatEnvironmentFile, hideForeignAwsVariables } from './aws-variables.ts';
import { type AwsRequestHandler, createAwsRequestHandler } from './aws/handle-aws-request.ts';
import { createInProcessClient } from './aws/in-process-client.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { ensureTables } from './dynamodb/ensure-tables.ts';
import { type DynamoEngine, openTables } from './dynamodb/open-tables.ts';
import { refuseEarlierTables } from './dynamodb/refuse-earlier-tables.ts';
import { startSweeping } from './dynamodb/sweep-expired.ts';
import { createAnnounceTask } from './ecs/announce-task.ts';
import { createEcsService } from './ecs/ecs-service.ts';
import { createServeTaskMetadata } from './ecs/serve-task-metadata.ts';
import { openTaskRegister } from './ecs/task-register.ts';
import { createTasks, type Tasks } from './ecs/tasks.ts';
import { ensureQueues } from './ensure-queues.ts';
import { createEventBuses } from './eventbridge/event-buses.ts';
import { createEventBridgeService } from './eventbridge/eventbridge-service.ts';
import { type Faults, withFaults } from './faults.ts';
import { type HttpFront, openHttpFront } from './http-front.ts';
import { createServeApi } from './http/serve-api.ts';
import { createKmsService } from './kms/kms-service.ts';
import { openKmsKeyRing } from './kms/kms-key-ring.ts';
import { createInvokeOverRest } from './lambda/invoke-over-rest.ts';
import { loadFunctions } from './lambda/load-functions.ts';
import { startFunctionWorker } from './lambda/start-function-worker.ts';
import type { LocalFunction } from './lambda/local-function.ts';
import { loadApiKey } from './load-api-key.ts';
import type { Log } from './log.ts';
import { createMetering, type Meter, type Metering } from './meter.ts';
import { type NamedResources, nameResources } from './named-resources.ts';
import { createRouteTargets } from './route-targets.ts';
import { openQueues, type Queues, startTimer, type StartTimer } from './sqs/open-queues.ts';
import { accountId } from './sqs/queue-address.ts';
import { createSqsService } from './sqs/sqs-service.ts';
import { StartError } from './start-error.ts';
import { startEventSources } from './start-event-sources.ts';
import { type Assembly, synthesize } from './synthesize.ts';
import type { StackPlace } from './template/name-resource.ts';
import { readAssets } from './template/read-assets.ts';
import type { FunctionModel } from './template/read-function.ts';
import { readStack, type StackModel } from './template/read-stack.ts';
import { readTemplate } from './template/template.ts';
import type { Connection } from './websocket/connection.ts';
import { createManageConnections } from './websocket/manage-connections.ts';
import { createWebSocketFront } from './websocket/serve-web-socket.ts';

export interface StackClock {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Must go with `now`. */
  readonly after: StartTimer;
}

export interface StackOptions {
  /** Where everything is remembered; undefined: a temporary folder that goes when the stack stops. */
  readonly dataDir?: string | undefined;
  /** 127.0.0.1 unless told. */
  readonly host?: string | undefined;
  /** The API's port; 0 takes a free one. */
  readonly port: number;
  /** The AWS endpoint's port; the one of the last start unless told, when it is free. */
  readonly awsPort?: number | undefined;
  /** Workers for hook scripts at a time; one unless told, since more of them find no more processors here. */
  readonly hookWorkers?: number | undefined;
  /** Adds to the CDK stack before it is synthesized. */
  readonly extend?: ((stack: EventsStack) => void) | undefined;
  readonly log: Log;
  readonly clock?: StackClock | undefined;
  /** Is told of everything that AWS would bill. */
  readonly meter?: Meter | undefined;
  /** For tests of what survives them. */
  readonly faults?: Faults | undefined;
}

/** The whole system on one box, running. */
export interface RunningStack {
  readonly apiUrl: string;
  /** The WebSocket address for live viewers; null when the template has no WebSocket API. */
  readonly liveUrl: string | null;
  readonly apiKey: string;
  readonly awsEndpoint: string;
  readonly awsCredentials: AwsCredentials;
  readonly region: string;
  readonly dataPath: string;
  readonly resources: NamedResources;
  /** Finishes what is in hand, front to back: requests, batches, tasks, tables and queues. */
  stop(): Promise<void>;
}

const region = 'us-east-1';
const root = join(import.meta.dirname, '..');
const portFile = 'aws-port';
const environmentFile = 'aws.env';

// Not link-local and so not the metadata addresses of clouds: a box may be a cloud's.
const egressAllowedRanges = '127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7';

/** Queue URLs hold the port, so clients outside keep working when it stays the same. */
async function openEndpoint(folder: DataFolder, wanted: number | undefined): Promise<AwsEndpoint> {
  if (wanted !== undefined) return openAwsEndpoint({ port: wanted });
  const lastPort = Number(folder.read(portFile) ?? 0);
  const port = Number.isInteger(lastPort) && lastPort > 0 && lastPort < 65_536 ? lastPort : 0;
  return openAwsEndpoint({ port }).catch((error: unknown) => {
    if (port !== 0 && error instanceof StartError) return openAwsEndpoint({ port: 0 });
    throw error;
  });
}

function openQueueFile(folder: DataFolder, clock: StackClock): Queues {
  const file = folder.isEphemeral ? ':memory:' : folder.ownFile('queues.sqlite');
  return openQueues({ file, ...clock, newId: randomUUID });
}

function openTableFile(folder: DataFolder, { now }: StackClock): DynamoEngine {
  refuseEarlierTables(folder.path);
  const file = folder.isEphemeral ? ':memory:' : folder.ownFile('tables.sqlite');
  return openTables({ file, now, newId: randomUUID });
}

function readModel(assembly: Assembly, place: StackPlace, hookWorkers: number): StackModel {
  const { directory, stackName } = assembly;
  return readStack({
    template: readTemplate(join(directory, `${stackName}.template.json`)),
    assets: readAssets(directory, stackName),
    assemblyDir: directory,
    place,
    parameters: { EgressAllowedRanges: egressAllowedRanges, HookWorkersMax: String(hookWorkers) },
  });
}

/** The opened parts, before the template's resources are made in them. */
interface Ground {
  readonly folder: DataFolder;
  readonly credentials: AwsCredentials;
  readonly front: HttpFront;
  readonly endpoint: AwsEndpoint;
  readonly dynamo: DynamoEngine;
  readonly queues: Queues;
  readonly place: StackPlace;
  readonly model: StackModel;
  /** The open connections of the WebSocket API, which its management API reaches too. */
  readonly connections: Map<string, Connection>;
}

/** Opens everything, registering how to close it. What fails soonest and mends easiest comes first. */
async function prepareGround(
  options: StackOptions,
  clock: StackClock,
  closing: AsyncDisposableStack,
): Promise<Ground> {
  const { log } = options;
  const now = (): Date => new Date(clock.now());
  const folder = openDataFolder(options.dataDir);
  closing.defer(folder.close);
  const credentials = loadAwsCredentials(folder);
  const front = await openHttpFront({ host: options.host ?? '127.0.0.1', port: options.port, now, log });
  closing.defer(front.close);
  // The longest part of a first start goes on while the rest opens.
  const synthesis = synthesize({ root, extend: options.extend, log });
  closing.defer(async () => {
    await synthesis.then(
      (assembly) => assembly.dispose(),
      () => undefined,
    );
  });
  const queues = openQueueFile(folder, clock);
  closing.defer(queues.close);
  const dynamo = openTableFile(folder, clock);
  closing.defer(dynamo.close);
  const endpoint = await openEndpoint(folder, options.awsPort);
  closing.defer(endpoint.close);
  folder.write(portFile, String(endpoint.port));
  const assembly = await synthesis;
  const place = {
    accountId,
    region,
    stackName: assembly.stackName,
    awsEndpoint: endpoint.url,
    apiUrl: front.url,
  };
  const model = readModel(assembly, place, options.hookWorkers ?? 1);
  for (const message of model.warnings) log({ level: 'warn', source: 'stack', message });
  ensureQueues(queues, model.queues);
  await ensureTables(dynamo, model.tables, folder.path);
  return { folder, credentials, front, endpoint, dynamo, queues, place, model, connections: new Map() };
}

/** The functions behind queues: the one with most batches at a time, and the rest. */
function splitByLoad(
  models: readonly FunctionModel[],
  eventSources: StackModel['eventSources'],
): readonly [FunctionModel[], FunctionModel[]] {
  const batchesOf = ({ name, arn }: FunctionModel): number =>
    eventSources
      .filter(({ functionName }) => functionName === name || functionName === arn)
      .reduce((sum, { concurrencyMax }) => sum + concurrencyMax, 0);
  const [busiest, ...rest] = models
    .filter((model) => batchesOf(model) > 0)
    .sort((one, other) => batchesOf(other) - batchesOf(one));
  return [busiest === undefined ? [] : [busiest], rest];
}

/**
 * Loads the functions that answer requests into this process, and those that work off queues into two threads: they
 * are most of the work, the busiest of them more than all others.
 */
async function loadApart(
  options: Parameters<typeof startFunctionWorker>[0],
  eventSources: StackModel['eventSources'],
  closing: AsyncDisposableStack,
): Promise<LocalFunction[]> {
  const { models, environment, log, ...client } = options;
  const groups = splitByLoad(models, eventSources).filter((group) => group.length > 0);
  const apart = new Set(groups.flat());
  const starting = groups.map((group) => startFunctionWorker({ ...options, models: group }));
  closing.defer(async () => {
    for (const settled of await Promise.allSettled(starting)) {
      if (settled.status === 'fulfilled') await settled.value.stop();
    }
  });
  const [here, ...workers] = await Promise.all([
    loadFunctions({
      models: models.filter((model) => !apart.has(model)),
      environment,
      clientOverride: createInProcessClient(client),
      log,
    }),
    ...starting,
  ]);
  const loaded = [...here, ...workers.flatMap(({ functions }) => functions)];
  return models.flatMap((model) => loaded.find(({ name }) => name === model.name) ?? []);
}

/** Loads the functions and puts every AWS service in place; requests reach `handle` from then on. */
async function serveAws(
  ground: Ground,
  clock: StackClock,
  stopping: AbortSignal,
  metering: Metering,
  closing: AsyncDisposableStack,
  log: Log,
): Promise<{ readonly functions: readonly LocalFunction[]; readonly tasks: Tasks }> {
  const { folder, credentials, endpoint, dynamo, queues, place, model } = ground;
  const now = (): Date => new Date(clock.now());
  let handle: AwsRequestHandler | undefined;
  const variables = awsVariables(endpoint.url, region, credentials);
  const loaded = await loadApart(
    {
      models: model.functions,
      environment: { ...hideForeignAwsVariables(process.env), ...variables },
      credentials,
      region,
      endpoint: endpoint.url,
      handle: async (request) => {
        if (handle === undefined) throw new StartError('A function called AWS while its module was loading.');
        return handle(request);
      },
      log,
    },
    model.eventSources,
    closing,
  );
  const functions = metering.functions(loaded, model.functions);
  const buses = createEventBuses({
    busNames: model.buses.map((bus) => bus.name),
    rules: model.rules,
    targets: createRouteTargets({ model, queues: metering.targets(queues), functions, now, stopping }),
  });
  const tasks = createTasks({
    register: openTaskRegister(folder, now),
    place,
    environment: { ...variables, PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', HOME: '/tmp' },
    announce: metering.tasks(
      createAnnounceTask({ buses, place, now, randomId: randomUUID }),
      model.taskDefinitions,
      now,
    ),
    now,
    randomId: randomUUID,
    log,
  });
  const invokeOverRest = createInvokeOverRest(functions);
  const manageConnections = createManageConnections(ground.connections);
  const handler = createAwsRequestHandler({
    credentials,
    log,
    routes: {
      services: [
        createSqsService({ queues, baseUrl: () => endpoint.url }),
        createEventBridgeService({ buses, place, now, randomId: randomUUID }),
        createKmsService(openKmsKeyRing(folder, model.keys)),
        createEcsService({ clusters: model.clusters, definitions: model.taskDefinitions, tasks }),
      ],
      engines: new Map([[dynamo.targetPrefix, dynamo.handle]]),
      open: createServeTaskMetadata(tasks.register),
      rest: (request) => invokeOverRest(request) ?? manageConnections(request),
    },
  });
  handle = metering.awsCalls(handler);
  endpoint.serve(handle);
  folder.write(environmentFile, formatEnvironmentFile(variables));
  return { functions, tasks };
}

/** Serves the WebSocket API on the port of the HTTP API; answers its address, null when the template has none. */
function serveLive(
  { model, front, connections }: Ground,
  functions: readonly LocalFunction[],
  clock: StackClock,
  closing: AsyncDisposableStack,
  log: Log,
): string | null {
  const [api, ...otherApis] = model.webSocketApis;
  if (otherApis.length > 0) {
    throw new StartError(
      `The local stack serves one WebSocket API; the template has ${model.webSocketApis.length}.`,
    );
  }
  if (api === undefined) return null;
  const now = (): Date => new Date(clock.now());
  const live = createWebSocketFront({ api, functions, connections, now, after: clock.after, log });
  front.serveUpgrades(live.upgrade);
  closing.defer(live.close);
  return `${front.url.replace(/^http/, 'ws')}/${api.stageName}`;
}

async function run(options: StackOptions, closing: AsyncDisposableStack): Promise<RunningStack> {
  const { log } = options;
  const clock = options.clock ?? { now: Date.now, after: startTimer };
  const now = (): Date => new Date(clock.now());
  const stopping = new AbortController();
  const metering = withFaults(createMetering(options.meter), options.faults);
  const ground = await prepareGround(options, clock, closing);
  const { folder, front, endpoint, model, queues, place } = ground;
  const { functions, tasks } = await serveAws(ground, clock, stopping.signal, metering, closing, log);
  const sweeping = startSweeping({ dynamo: ground.dynamo, tables: model.tables, now, log });
  closing.defer(sweeping.stop);
  closing.defer(tasks.close);

  const [api, ...otherApis] = model.httpApis;
  if (api === undefined || otherApis.length > 0) {
    throw new StartError(`The local stack serves one HTTP API; the template has ${model.httpApis.length}.`);
  }
  const serveApi = createServeApi({ api, functions, now });
  const keyMaker = functions.find(({ name }) => name === model.outputs['CreateApiKeyFunction']);
  const apiKey = await loadApiKey(folder, keyMaker);
  const sources = startEventSources({ model, functions, queues: metering.polled(queues), place, log });
  closing.defer(sources.stop);
  tasks.announceLeftEnds();
  front.serve(metering.api(serveApi));
  // Registered once more: requests are to end before what they need.
  closing.defer(front.close);
  const liveUrl = serveLive(ground, functions, clock, closing, log);
  closing.defer(() => {
    stopping.abort();
  });
  log({
    level: 'info',
    source: 'stack',
    message: `webhooks may reach these ranges beside public addresses: ${egressAllowedRanges} (link-local and metadata addresses stay refused)`,
  });
  return {
    apiUrl: front.url,
    liveUrl,
    apiKey,
    awsEndpoint: endpoint.url,
    awsCredentials: ground.credentials,
    region,
    dataPath: folder.path,
    resources: nameResources(model),
    stop: () => closing.disposeAsync(),
  };
}

/**
 * Starts the whole system: synthesizes the CDK app, makes what its template names and the data folder lacks, loads
 * the bundles and serves. Throws StartError, in one line, for whatever the user can mend; nothing stays open then.
 */
export async function startStack(options: StackOptions): Promise<RunningStack> {
  const closing = new AsyncDisposableStack();
  try {
    return await run(options, closing);
  } catch (error) {
    await closing.disposeAsync();
    throw error;
  }
}
