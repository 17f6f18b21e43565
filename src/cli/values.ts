/** Small readings of option values that several commands share. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Compute, openWorkspace, readWorkspace, type Workspace } from '#engines/index.ts';
import { KnownError, known } from '#errors.ts';
import { DAY_MS, dayEnd } from '#kernels/local-time.ts';
import type { Context, Values } from './command.ts';

/** The option as text; the command has said that it is required. */
export const text = (values: Values, name: string): string => String(values[name]);

/** The option where it is given, under `name`; nothing otherwise. For spreading into an options object. */
export const given = <Name extends string>(values: Values, name: Name): { [K in Name]?: string } =>
  values[name] === undefined ? {} : ({ [name]: String(values[name]) } as { [K in Name]?: string });

/**
 * The option as a JSON object of numbers.
 *
 * @param example what one looks like, for the message
 * @throws USAGE
 */
export function numbersOf(values: Values, name: string, example: string): Record<string, number> {
  const json = text(values, name);
  try {
    const parsed: unknown = JSON.parse(json);
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
    if (isObject && Object.values(parsed).every((value) => typeof value === 'number'))
      return parsed as Record<string, number>;
  } catch {
    // falls through to the message below
  }
  throw known('USAGE', { what: `--${name} is ${json}`, expected: `a JSON object of numbers such as ${example}` });
}

export const seedOf = (values: Values): number => (typeof values.seed === 'number' ? values.seed : 1);

/** A day of the years 1000 to 2999, perhaps with a time of day and its zone. */
const MOMENT = /^([12]\d{3}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})))?$/;

/**
 * A date or moment as epoch ms: `2024-06-30` is the end of that day in `timeZone`, `2024-06-30T10:00Z` that moment.
 *
 * @throws USAGE
 */
export function momentOf(values: Values, name: string, timeZone: string): number | undefined {
  const given = values[name];
  if (given === undefined) return undefined;
  const [, day = '', clock] = MOMENT.exec(String(given)) ?? [];
  const midnight = Date.parse(`${day}T00:00Z`);
  const isDay = !Number.isNaN(midnight) && new Date(midnight).toISOString().slice(0, 10) === day;
  const at = isDay && clock === undefined ? dayEnd(midnight / DAY_MS, timeZone) : Date.parse(`${day}T${clock}`);
  if (!isDay || Number.isNaN(at))
    throw known('USAGE', {
      what: `--${name} is "${given}"`,
      expected: 'a date such as 2024-06-30 or a moment such as 2024-06-30T10:00:00Z',
    });
  return at;
}

/**
 * Opens an engine by the command's thread option, hands it over and closes it.
 *
 * @param held a workspace that is held: the engine then spills there and not into the system's temporary folder
 */
export async function withCompute<T>(
  values: Values,
  context: Context,
  work: (compute: Compute) => Promise<T>,
  held?: Workspace,
): Promise<T> {
  const compute = await context.openCompute({
    ...(typeof values.threads === 'number' ? { threads: values.threads } : {}),
    ...(held === undefined ? {} : { spillDir: join(held.scratch(), 'spill') }),
  });
  try {
    return await tidyOnSignals(() => work(compute));
  } finally {
    await compute.close();
  }
}

/** Holds the workspace for writing while `work` runs; a signal ends the process and leaves the workspace as it was. */
export async function withWorkspace<T>(dir: string, work: (workspace: Workspace) => Promise<T>): Promise<T> {
  const workspace = openWorkspace(dir);
  try {
    return await tidyOnSignals(() => work(workspace));
  } finally {
    workspace.close();
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** While `work` runs a signal ends the process in order: what holds scratch files or locks lets go of them at its exit. */
async function tidyOnSignals<T>(work: () => Promise<T>): Promise<T> {
  const stop = (_name: string, number: number): never => process.exit(128 + number);
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    return await work();
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}

/**
 * A workspace that a run has filled, to read.
 *
 * @throws WORKSPACE_MISSING
 */
export function filledWorkspace(dir: string): ReturnType<typeof readWorkspace> {
  const workspace = readWorkspace(dir);
  for (const part of ['tierwise.json', 'lake', 'state', 'reports'])
    if (!existsSync(workspace.path(part))) throw known('WORKSPACE_MISSING', { dir: workspace.dir, lacks: part });
  return workspace;
}

/**
 * Does `work` on what a run has made.
 *
 * @throws WORKSPACE_BROKEN for a file of the workspace that cannot be read
 */
export async function readingRun<T>(dir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { file = '', reason = '' } =
      error instanceof KnownError && error.code === 'FILE_BROKEN' ? (error.data as Record<string, string>) : {};
    if (!file.startsWith(dir)) throw error;
    throw known('WORKSPACE_BROKEN', { file, reason }, error);
  }
}

export const peakRssMb = (): number => Math.round((process.resourceUsage().maxRSS / 1024) * 10) / 10;
