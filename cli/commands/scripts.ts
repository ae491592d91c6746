import type { Script, ScriptVersions } from '../../client/answers.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { findVersion, versionOption } from '../find-version.ts';
import { listOptions, readPage } from '../list-options.ts';
import { readBytes } from '../read-data.ts';
import type { Column } from '../render-table.ts';
import { showDone, showList, showOne } from '../show.ts';

const columns: readonly Column<Script>[] = [
  { head: 'NAME', cell: ({ name }) => name },
  { head: 'BYTES', cell: ({ size }) => String(size) },
  { head: 'CHANGED', cell: ({ updated_at }) => updated_at },
  { head: 'SHA256', cell: ({ sha256 }) => sha256 },
];

const versionColumns: readonly Column<ScriptVersions['versions'][number]>[] = [
  { head: 'SHA256', cell: ({ sha256 }) => sha256 },
  { head: 'BYTES', cell: ({ size }) => (size === null ? '-' : String(size)) },
  { head: 'UPLOADED', cell: ({ created_at }) => created_at ?? '-' },
  { head: 'CURRENT', cell: ({ is_current }) => (is_current ? 'yes' : '-') },
  { head: 'RUN BY', cell: ({ hooks }) => hooks.map(({ id }) => id).join(',') || '-' },
];

export const scriptCommands = [
  defineCommand({
    name: 'scripts list',
    summary: 'Lists scripts',
    args: [],
    options: listOptions,
    examples: ['scripts list'],
    async run(context, { values }) {
      const { signal } = context;
      const answer = await context.client().scripts.list(readPage(values), { signal });
      showList(context, answer, answer.scripts, columns);
      return exitCodes.ok;
    },
  }),
  defineCommand({
    name: 'scripts get',
    summary: 'Shows what a script holds, or held',
    args: ['NAME'],
    options: { version: versionOption },
    examples: [
      'scripts get score.sh',
      'scripts get score.sh > score.sh',
      'scripts get score.sh --version 1f3a9c04',
    ],
    async run(context, { values, args: [name = ''] }) {
      const version =
        values.version === undefined
          ? undefined
          : await findVersion(context, values.version, async () => name);
      const content = await context.client().scripts.get(name, { version }, { signal: context.signal });
      if (context.isJson) context.terminal.printJson({ name, content });
      else context.terminal.print(content.replace(/\n$/, ''));
      return exitCodes.ok;
    },
  }),
  defineCommand({
    name: 'scripts versions',
    summary: 'Lists the versions of a script that are kept, newest first, and the hooks that run each',
    args: ['NAME'],
    details: 'To go back to an older one, "hooks update ID --version SHA256", or get it and upload it again.',
    options: {},
    examples: ['scripts versions score.sh'],
    async run(context, { args: [name = ''] }) {
      const answer = await context.client().scripts.listVersions(name, { signal: context.signal });
      showList(context, answer, answer.versions, versionColumns);
      return exitCodes.ok;
    },
  }),
  defineCommand({
    name: 'scripts upload',
    summary: 'Uploads a script',
    args: ['NAME', 'FILE'],
    details:
      'FILE is a file, or - for stdin. Hooks run what they are pinned to until they are moved: "hooks update".',
    options: {},
    examples: [
      'scripts upload score.sh ./score.sh',
      `|printf '#!/bin/sh\\necho hi\\n' | sublarr-events scripts upload hi -`,
    ],
    async run(context, { args: [name = '', file = ''] }) {
      const bytes = await readBytes(file === '-' ? file : `@${file}`, 'FILE', context.readStdin);
      const { signal } = context;
      showOne(context, await context.client().scripts.upload(name, bytes.toString('utf8'), { signal }));
      return exitCodes.ok;
    },
  }),
  defineCommand({
    name: 'scripts delete',
    summary: 'Deletes a script that no hook uses',
    args: ['NAME'],
    options: {},
    examples: ['scripts delete score.sh'],
    async run(context, { args: [name = ''] }) {
      await context.client().scripts.delete(name, { signal: context.signal });
      showDone(context, `${name} is deleted.`);
      return exitCodes.ok;
    },
  }),
];
