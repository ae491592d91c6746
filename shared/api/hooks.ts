import * as z from 'zod';
import { eventNames } from '../catalog.ts';
import { createHookSchema, scriptQuerySchema, testHookSchema, updateHookSchema } from '../hook-fields.ts';
import { hookTestWaitSecondsMax } from '../limits.ts';
import { pageQuerySchema } from '../list-query.ts';
import { enableFieldsSchema } from '../replay-fields.ts';
import { retryScheduleSchema } from '../retry-schedule.ts';
import { scriptVersionsKept, scriptVersionsMax } from '../script-history.ts';
import { nextCursorSchema, subscriberFields } from './answer-fields.ts';
import { loggedDeliverySchema } from './deliveries.ts';
import type { Operation } from './operation.ts';
import { jobAnswerSchema, replayCountSchema } from './replays.ts';

export const hookAnswerSchema = z.object({
  id: z.string(),
  ...subscriberFields,
  script: z.string(),
  /** The content of the script that it runs. */
  script_sha256: z.string(),
  retry_count: z.int(),
  retry_schedule: retryScheduleSchema,
  failure_threshold: z.int(),
  consecutive_failures: z.int(),
  /** From half of the threshold on. */
  warning: z.string().nullable(),
  /** Why the system disabled it; null when its owner did. */
  disabled_reason: z.string().nullable(),
  last_status: z.string().nullable(),
});

export const scriptAnswerSchema = z.object({
  name: z.string(),
  sha256: z.string(),
  /** In bytes. */
  size: z.int(),
  created_at: z.string(),
  updated_at: z.string(),
});

/** The versions of a script that are kept. */
export const scriptVersionsSchema = z.object({
  name: z.string(),
  /** Newest first. */
  versions: z.array(
    z.object({
      sha256: z.string(),
      /** In bytes. This and the time are null for what hooks were pinned to before versions were kept. */
      size: z.int().nullable(),
      /** When it was uploaded last. */
      created_at: z.string().nullable(),
      is_current: z.boolean(),
      /** The hooks that run it. */
      hooks: z.array(z.object({ id: z.string(), name: z.string() })),
    }),
  ),
});

export const queuedSchema = z.object({
  delivery_id: z.string(),
  event_id: z.string(),
  event_name: z.enum(eventNames),
  /** Where its outcome will be found. */
  log: z.string(),
});

const hookPath = '/api/v1/hooks';
const scriptPath = '/api/v1/scripts';

export const hookOperations: readonly Operation[] = [
  {
    id: 'listHooks',
    tag: 'Hooks',
    summary: 'Lists hooks',
    method: 'GET',
    path: hookPath,
    scope: 'read',
    query: pageQuerySchema,
    answers: { 200: z.object({ hooks: z.array(hookAnswerSchema), next_cursor: nextCursorSchema }) },
  },
  {
    id: 'createHook',
    tag: 'Hooks',
    summary: 'Subscribes a script, pinned to the content that it has now or to the version that is named',
    method: 'POST',
    path: hookPath,
    scope: 'manage',
    body: { json: createHookSchema },
    answers: { 201: hookAnswerSchema },
  },
  {
    id: 'getHook',
    tag: 'Hooks',
    summary: 'Shows a hook',
    method: 'GET',
    path: `${hookPath}/{id}`,
    scope: 'read',
    answers: { 200: hookAnswerSchema },
  },
  {
    id: 'updateHook',
    tag: 'Hooks',
    summary: 'Changes the fields of a hook that the body names',
    description:
      'Naming the `script` alone moves the hook to its current content; `script_sha256`, with it or alone, to that version.',
    method: 'PUT',
    path: `${hookPath}/{id}`,
    scope: 'manage',
    body: { json: updateHookSchema },
    answers: { 200: hookAnswerSchema },
  },
  {
    id: 'deleteHook',
    tag: 'Hooks',
    summary: 'Deletes a hook',
    method: 'DELETE',
    path: `${hookPath}/{id}`,
    scope: 'manage',
    answers: { 204: 'none' },
  },
  {
    id: 'testHook',
    tag: 'Hooks',
    summary: 'Runs a hook once now, also a disabled one',
    description: `Waits up to ${hookTestWaitSecondsMax} s for the run, or as long as \`wait_seconds\` says: 200 with it, or 202 when it has not ended by then, as when a worker has to be started first; \`Location\` then names the delivery, which is found once the run has begun. A test is not repeated, not counted, and disables nothing, whatever its exit code.`,
    method: 'POST',
    path: `${hookPath}/{id}/test`,
    scope: 'manage',
    body: { json: testHookSchema, optional: true },
    answers: {
      200: queuedSchema.extend({ run: loggedDeliverySchema }),
      202: queuedSchema.extend({ message: z.string() }),
    },
  },
  {
    id: 'enableHook',
    tag: 'Hooks',
    summary: 'Enables a hook as good as new',
    description:
      'With `replay`, what was parked meanwhile is run, as a job: 202. With `dry_run` besides, it is only counted.',
    method: 'POST',
    path: `${hookPath}/{id}/enable`,
    scope: 'manage',
    body: { json: enableFieldsSchema, optional: true },
    answers: {
      200: z.union([z.object({ hook: hookAnswerSchema, job: z.null() }), replayCountSchema]),
      202: z.object({ hook: hookAnswerSchema, job: jobAnswerSchema }),
    },
  },
  {
    id: 'listScripts',
    tag: 'Scripts',
    summary: 'Lists scripts',
    method: 'GET',
    path: scriptPath,
    scope: 'read',
    query: pageQuerySchema,
    answers: { 200: z.object({ scripts: z.array(scriptAnswerSchema), next_cursor: nextCursorSchema }) },
  },
  {
    id: 'getScript',
    tag: 'Scripts',
    summary: 'Shows the content of a script, or of a version of it',
    description: 'A `version` is the SHA-256 of a content that is kept.',
    method: 'GET',
    path: `${scriptPath}/{name}`,
    scope: 'read',
    query: scriptQuerySchema,
    answers: { 200: 'text' },
  },
  {
    id: 'listScriptVersions',
    tag: 'Scripts',
    summary: 'Lists the versions of a script that are kept, newest first, and which hooks run each',
    description: `Every upload makes a version. The newest ${scriptVersionsKept} are kept, and beyond them those that hooks are pinned to, up to ${scriptVersionsMax} in all. To go back, pin hooks to an older one by \`script_sha256\`, or upload it again.`,
    method: 'GET',
    path: `${scriptPath}/{name}/versions`,
    scope: 'read',
    answers: { 200: scriptVersionsSchema },
  },
  {
    id: 'uploadScript',
    tag: 'Scripts',
    summary: 'Uploads a script',
    description: `201 for a new name. Hooks run the content that they are pinned to until they are moved. Content that is kept already becomes the current one, and no second version. 409 when hooks are pinned to ${scriptVersionsMax} versions.`,
    method: 'PUT',
    path: `${scriptPath}/{name}`,
    scope: 'manage',
    body: { text: 'The script, beginning with `#!`.' },
    answers: { 200: scriptAnswerSchema, 201: scriptAnswerSchema },
  },
  {
    id: 'deleteScript',
    tag: 'Scripts',
    summary: 'Deletes a script that no hook uses',
    method: 'DELETE',
    path: `${scriptPath}/{name}`,
    scope: 'manage',
    answers: { 204: 'none' },
  },
];
