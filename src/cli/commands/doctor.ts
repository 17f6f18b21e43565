/** What this machine and a workspace can run, and what is missing. */
import { existsSync, statfsSync } from 'node:fs';
import { availableParallelism, freemem } from 'node:os';
import { join, resolve } from 'node:path';
import { holderOf, readWorkspace } from '#engines/index.ts';
import type { Command } from '../command.ts';

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
  readonly fix?: string;
}

export const doctor: Command = {
  name: 'doctor',
  about: 'what this machine and workspace can run, and what is missing',
  options: { workspace: { type: 'text', value: 'DIR', about: 'a workspace to look at' } },
  run: async (values, _words, context): Promise<{ checks: Check[] }> => {
    const checks: Check[] = [];
    const add = (name: string, ok: boolean, found: string, fix: string): void => {
      checks.push({ name, ok, found, ...(ok ? {} : { fix }) });
    };
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    add(
      'node',
      major > 22 || (major === 22 && minor >= 18),
      process.versions.node,
      'run through npm, which uses the pinned Node',
    );
    add('cores', availableParallelism() >= 2, String(availableParallelism()), 'works on one core, at half the speed');
    const freeMb = Math.round(freemem() / 2 ** 20);
    add('memory', freeMb >= 1536, `${freeMb} MB free`, 'a run of a million order lines wants 1.5 GB');
    try {
      const compute = await context.openCompute({});
      const [row] = await compute.rows<{ version: string }>('select version() as version');
      await compute.close();
      add('engine duckdb', true, row?.version ?? '?', '');
    } catch (error) {
      add(
        'engine duckdb',
        false,
        (error as Error).message,
        'delete node_modules and run npm start: it installs the engine for this machine',
      );
    }
    add(
      'console',
      existsSync(join(context.home, 'console', 'dist', 'index.html')),
      'console/dist',
      'npm start builds it',
    );
    if (values.workspace !== undefined) {
      const workspace = readWorkspace(String(values.workspace));
      const freeGb = existsSync(workspace.dir) ? gigabytes(workspace.dir) : gigabytes(resolve('.'));
      add('disk', freeGb >= 2, `${freeGb.toFixed(1)} GB free`, 'free some space');
      for (const part of ['lake', 'state', 'reports'])
        add(`workspace ${part}`, workspace.has(part), workspace.path(part), 'tierwise run --workspace DIR --data DIR');
      const holder = holderOf(workspace.dir);
      add(
        'workspace lock',
        holder === undefined,
        holder === undefined ? 'free' : `held by process ${holder}`,
        'another process is writing; wait or stop it',
      );
    }
    return { checks };
  },
  show: ({ checks }: { checks: Check[] }) =>
    checks
      .map(({ name, ok, found, fix }) => `${ok ? '✓' : '✗'} ${name.padEnd(18)} ${found}${fix ? `\n    → ${fix}` : ''}`)
      .join('\n'),
};

function gigabytes(dir: string): number {
  const { bavail, bsize } = statfsSync(dir);
  return (bavail * bsize) / 2 ** 30;
}
