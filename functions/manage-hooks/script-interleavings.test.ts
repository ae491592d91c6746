import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiError } from '../../shared/api-error.ts';
import { assertNever } from '../../shared/assert-never.ts';
import { openHooks } from '../../shared/aws/hook-table.ts';
import { holdMs, openScriptBodies, openScripts } from '../../shared/aws/script-table.ts';
import { createHookId } from '../../shared/ids.ts';
import { contentsInUse, scriptVersionsKept } from '../../shared/script-history.ts';
import { aScript } from '../../test/builders/a-hook.ts';
import { noon, noonMs } from '../../test/builders/an-event.ts';
import { anHttpRequest } from '../../test/builders/an-http-request.ts';
import { configTable, openTestTables } from '../../test/builders/open-test-tables.ts';
import type { TestTables } from '../../test/builders/open-test-tables.ts';
import { createManageHooks } from './manage-hooks.ts';
import { createManageScripts } from './manage-scripts.ts';

const content = (word: number): string => `#!/bin/sh\necho ${word}\n`;
const sha = (word: number): string => createHash('sha256').update(content(word)).digest('hex');
const contentsMax = 14;
const words = Array.from({ length: contentsMax }, (_, word) => word);
const names = ['one.sh', 'two.sh'] as const;

let tables: TestTables;
beforeAll(async () => {
  tables = await openTestTables();
});
afterAll(() => tables.close());

type Ask =
  | { readonly kind: 'upload'; readonly name: number; readonly word: number }
  | { readonly kind: 'create'; readonly name: number; readonly word: number | undefined }
  | { readonly kind: 'move'; readonly hook: number; readonly name: number; readonly word: number | undefined }
  | { readonly kind: 'unsubscribe'; readonly hook: number }
  | { readonly kind: 'delete'; readonly name: number };

/** A request, and after how many reads and writes its process is killed. */
type Step = Ask & { readonly calls: number };

const name = fc.nat({ max: names.length - 1 });
const word = fc.nat({ max: contentsMax - 1 });
const version = fc.option(word, { nil: undefined, freq: 4 });
const hook = fc.nat({ max: 5 });
const changes: fc.Arbitrary<Ask>[] = [
  fc.record({ kind: fc.constant('upload' as const), name, word }),
  fc.record({ kind: fc.constant('upload' as const), name, word }),
  fc.record({ kind: fc.constant('create' as const), name, word: version }),
  fc.record({ kind: fc.constant('move' as const), hook, name, word: version }),
  fc.record({ kind: fc.constant('unsubscribe' as const), hook }),
];
const deletion: fc.Arbitrary<Ask> = fc.record({ kind: fc.constant('delete' as const), name });
const steps = (ask: fc.Arbitrary<Ask>, calls: fc.Arbitrary<number>): fc.Arbitrary<Step[][]> =>
  fc.array(
    fc.array(
      fc.tuple(ask, calls).map(([asked, count]) => ({ ...asked, calls: count })),
      { minLength: 2, maxLength: 4 },
    ),
    { minLength: 1, maxLength: 6 },
  );

class Killed extends Error {}

/** Lets one read or write happen at a time, chosen among those that wait. */
function createTurns(choose: () => number) {
  const waiting: (() => Promise<void>)[] = [];
  return {
    /** The same functions, each call of which waits for its turn; the first beyond `calls` is never made. */
    wrap<Functions extends object>(functions: Functions, countCall: () => void): Functions {
      return new Proxy(functions, {
        get: (target, key) => {
          const method: unknown = Reflect.get(target, key);
          if (typeof method !== 'function') return method;
          return async (...given: unknown[]) => {
            const { promise: turn, resolve } = Promise.withResolvers<void>();
            const { promise: end, resolve: endTurn } = Promise.withResolvers<void>();
            waiting.push(() => {
              resolve();
              return end;
            });
            await turn;
            try {
              countCall();
              return await Reflect.apply(method, target, given);
            } finally {
              endTurn();
            }
          };
        },
      });
    },
    async play(all: Promise<unknown>, afterEach: () => Promise<void>): Promise<void> {
      let isDone = false;
      void all.finally(() => {
        isDone = true;
      });
      for (;;) {
        // Between two calls a request only computes.
        await setImmediate();
        if (isDone && waiting.length === 0) return;
        const [turn] = waiting.splice(choose() % waiting.length, 1);
        await turn?.();
        await afterEach();
      }
    },
  };
}

let tenants = 0;

async function openWorld(choose: () => number) {
  const tenant = `tenant-${tenants++}`;
  const clock = { ms: noonMs };
  const real = {
    hooks: openHooks(tables.dynamo, configTable),
    scripts: openScripts(tables.dynamo, configTable),
    bodies: openScriptBodies(tables.dynamo, configTable),
  };
  const turns = createTurns(choose);
  let requests = 0;

  const send = async ({ calls, ...asked }: Step): Promise<void> => {
    let left = calls;
    const countCall = (): void => {
      if (left-- <= 0) throw new Killed();
    };
    const hooks = turns.wrap(real.hooks, countCall);
    const scripts = turns.wrap(real.scripts, countCall);
    const bodies = turns.wrap(real.bodies, countCall);
    const now = () => clock.ms++;
    const manageHooks = createManageHooks({ hooks, scripts, bodies, createId: createHookId, now });
    const manageScripts = createManageScripts({ hooks, scripts, bodies, now });
    const requestId = `req-${requests++}`;
    const known = await real.hooks.listAll(tenant);
    const json = (fields: object): string => JSON.stringify(fields);
    const pinOf = (given: { readonly name: number; readonly word: number | undefined }) => ({
      script: names[given.name],
      ...(given.word === undefined ? {} : { script_sha256: sha(given.word) }),
    });
    const request = (params: Record<string, string>, body?: string) =>
      anHttpRequest({ tenant, requestId, params, body });
    const idOf = (index: number): string => known[index % Math.max(1, known.length)]?.id ?? 'hk_none';
    const run = (): Promise<unknown> => {
      switch (asked.kind) {
        case 'upload':
          return manageScripts.put(request({ name: names[asked.name] ?? '' }, content(asked.word)));
        case 'create':
          return manageHooks.create(request({}, json({ name: 'x', event_name: '*', ...pinOf(asked) })));
        case 'move':
          return manageHooks.update(request({ id: idOf(asked.hook) }, json(pinOf(asked))));
        case 'unsubscribe':
          return manageHooks.remove(request({ id: idOf(asked.hook) }));
        case 'delete':
          return manageScripts.remove(request({ name: names[asked.name] ?? '' }));
        default:
          return assertNever(asked);
      }
    };
    try {
      await run();
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof Killed)) throw error;
    }
  };

  const stored = async (): Promise<Set<string>> => {
    const found = await Promise.all(
      words.map(async (each) =>
        (await real.bodies.get(tenant, sha(each))) === undefined ? [] : [sha(each)],
      ),
    );
    return new Set(found.flat());
  };
  const inUse = async () =>
    contentsInUse(await real.hooks.listAll(tenant), await real.scripts.listAll(tenant));

  return {
    clock,
    stored,
    inUse,
    send,
    /** Scripts that have all the versions that are kept: the next upload pushes one out. */
    async fill(): Promise<void> {
      const shas = words.slice(0, scriptVersionsKept).map(sha);
      for (const each of words.slice(0, scriptVersionsKept)) {
        await real.bodies.put(tenant, sha(each), content(each), { id: 'filling', nowMs: 0 });
      }
      const versions = shas.map((sha256) => ({ sha256, size: 1, created_at: noon }));
      for (const each of names) {
        await real.scripts.create(aScript({ tenant, name: each, sha256: shas[0] ?? '', versions }));
      }
    },
    play: (together: readonly Step[], afterEach: () => Promise<void>) =>
      turns.play(Promise.all(together.map(send)), afterEach),
  };
}

const choices = fc.infiniteStream(fc.nat({ max: 1000 }));
const nextOf = (stream: Iterator<number>) => (): number => {
  const { value } = stream.next();
  return typeof value === 'number' ? value : 0;
};
const limits = { numRuns: 25, endOnFailure: true } as const;

test('no hook and no kept version is ever without its content, whoever comes between and wherever a request is killed', async () => {
  const calls = fc.oneof(fc.constant(Infinity), fc.nat({ max: 10 }));
  await fc.assert(
    fc.asyncProperty(steps(fc.oneof(...changes, deletion), calls), choices, async (rounds, stream) => {
      const world = await openWorld(nextOf(stream));
      await world.fill();
      for (const together of rounds) {
        await world.play(together, async () => {
          const [needed, there] = [await world.inUse(), await world.stored()];
          expect([...needed].filter((sha256) => !there.has(sha256))).toEqual([]);
        });
        world.clock.ms += holdMs + 1;
      }
    }),
    limits,
  );
}, 60_000);

test('content that nothing refers to is gone after the next upload, whoever came between', async () => {
  await fc.assert(
    fc.asyncProperty(steps(fc.oneof(...changes), fc.constant(Infinity)), choices, async (rounds, stream) => {
      const world = await openWorld(nextOf(stream));
      await world.fill();
      for (const together of rounds) await world.play(together, async () => undefined);
      world.clock.ms += holdMs + 1;
      for (const index of names.keys()) {
        const last = { kind: 'upload', name: index, word: contentsMax - 1 - index, calls: Infinity } as const;
        await world.play([last], async () => undefined);
      }
      expect(await world.stored()).toEqual(await world.inUse());
    }),
    limits,
  );
}, 60_000);
