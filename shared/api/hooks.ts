import * as z from 'zod';
import { eventNames } from '../catalog.ts';
import { createHookSchema, testHookSchema, updateHookSchema } from '../hook-fields.ts';
import { pageQuerySchema } from '../list-query.ts';
import { retryScheduleSchema } from '../retry-schedule.ts';
import { nextCursorSchema, subscriberFields } from './answer-fields.ts';
import { loggedDeliverySchema } from './deliveries.ts';
import type { Operation } from './operation.ts';

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

/** The contents of a script that are kept. */
export const scriptVersionsSchema = z.object({
  name: z.string(),
  /** The current content first. */
  versions: z.array(
    z.object({
      sha256: z.string(),
      is_current: z.boolean(),
      /** The hooks that run it. */
      hooks: z.array(z.object({ id: z.string(), name: z.string() })),
    }),
  ),
});

const queuedSchema = z.object({
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
    summary: 'Subscribes a script, pinned to the content that it has now',
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
    description: 'Naming the script moves the hook to its current content.',
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
    description:
      'Waits up to 25 s for the run: 200 with it, or 202 when it has not ended by then, as when a worker has to be started first. A test is not repeated, not counted, and disables nothing, whatever its exit code.',
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
    summary: 'Shows the content of a script',
    method: 'GET',
    path: `${scriptPath}/{name}`,
    scope: 'read',
    answers: { 200: 'text' },
  },
  {
    id: 'listScriptVersions',
    tag: 'Scripts',
    summary: 'Tells which contents of a script are kept, and which hooks run each',
    description:
      'The current content, and those that hooks are still pinned to. A PUT that names the script moves a hook to the current one.',
    method: 'GET',
    path: `${scriptPath}/{name}/versions`,
    scope: 'read',
    answers: { 200: scriptVersionsSchema },
  },
  {
    id: 'uploadScript',
    tag: 'Scripts',
    summary: 'Uploads a script',
    description: '201 for a new name. Hooks run the content that they are pinned to until they are moved.',
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
