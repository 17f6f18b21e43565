/** What a command is: its options as data, so that parsing, help and documentation come from one place. */
import { parseArgs } from 'node:util';
import type { Compute, DuckdbOptions } from '#engines/index.ts';
import { known } from '#errors.ts';
import { distance, nearest } from '#kernels/text-distance.ts';
import type { Progress } from './progress.ts';

export interface Option {
  readonly type: 'text' | 'number' | 'flag';
  readonly about: string;
  /** How the value is called in the help, e.g. DIR. */
  readonly value?: string;
  readonly required?: true;
}

export type Values = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Command {
  readonly name: string;
  readonly about: string;
  /** Words after the command, e.g. `[CUSTOMER]`. */
  readonly words?: string;
  readonly options: Readonly<Record<string, Option>>;
  /**
   * Does the work and returns one plain JSON value.
   *
   * @param values checked option values by name
   * @param words words after the command
   */
  run(values: Values, words: readonly string[], context: Context): Promise<unknown>;
  /** The result for people; `undefined` when run has printed what there is to say. */
  show?(result: never): string | undefined;
}

export interface Context {
  /** The moment of the call, epoch ms. */
  readonly now: number;
  /** Folder of the installation: shipped mappings, the built console. */
  readonly home: string;
  readonly version: string;
  openCompute(options: DuckdbOptions): Promise<Compute>;
  /** Shows progress on a terminal, nothing elsewhere. */
  readonly progress: Progress;
  readonly print: (text: string) => void;
}

export const COMMON: Readonly<Record<string, Option>> = {
  json: { type: 'flag', about: 'print one JSON document on standard output' },
  seed: { type: 'number', about: 'seed of everything random (default 1)' },
  threads: { type: 'number', about: 'worker threads (default: all cores)' },
  help: { type: 'flag', about: 'show this help' },
};

/** Options that are whole numbers, with the least and the most that they may be. */
const WHOLE: ReadonlyMap<string, readonly [least: number, most: number]> = new Map([
  ['seed', [0, 2 ** 32 - 1]],
  ['threads', [1, 256]],
  ['k', [1, 10_000]],
  ['horizon-days', [1, 36_500]],
  ['port', [0, 65_535]],
  ['folds', [2, 20]],
  ['repeats', [1, 100]],
]);

/** Options of `command` and those that every command has. */
const optionsOf = (command: Command): Record<string, Option> => ({ ...command.options, ...COMMON });

/**
 * Reads `args` by the command's options.
 *
 * @throws USAGE with the nearest known option when one is not known, lacks its value or is not a number
 */
export function readArgs(command: Command, args: readonly string[]): { values: Values; words: string[] } {
  const options = optionsOf(command);
  const parsed = parseArgs({
    args: [...args],
    allowPositionals: true,
    strict: false,
    options: Object.fromEntries(
      Object.entries(options).map(([name, option]) => [
        name,
        {
          type: option.type === 'flag' ? ('boolean' as const) : ('string' as const),
          ...(name === 'help' ? { short: 'h' } : {}),
        },
      ]),
    ),
  });
  const values: Record<string, string | number | boolean> = {};
  for (const [name, given] of Object.entries(parsed.values)) {
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (!option)
      throw known('USAGE', {
        what: `${name.length === 1 ? '-' : '--'}${name} is not an option of \`${command.name}\``,
        expected: suggested(name, Object.keys(options)),
      });
    if (option.type !== 'flag' && (typeof given !== 'string' || given === ''))
      throw known('USAGE', { what: `--${name} has no value`, expected: `--${name} ${option.value ?? 'VALUE'}` });
    if (option.type === 'flag' && given !== true)
      throw known('USAGE', { what: `--${name} is "${given}"`, expected: `--${name} alone, or nothing` });
    if (option.type === 'number') {
      values[name] = numberOf(name, String(given));
    } else values[name] = given as string | boolean;
  }
  if (values.help === true) return { values, words: parsed.positionals };
  for (const [name, option] of Object.entries(options)) {
    if (option.required && values[name] === undefined)
      throw known('USAGE', {
        what: `\`${command.name}\` needs --${name}`,
        expected: `--${name} ${option.value ?? 'VALUE'}`,
      });
  }
  if (parsed.positionals.length > 0 && command.words === undefined)
    throw known('USAGE', {
      what: `\`${command.name}\` does not take "${parsed.positionals[0]}"`,
      expected: 'options only',
    });
  return { values, words: parsed.positionals };
}

function numberOf(name: string, given: string): number {
  const number = given.trim() === '' ? Number.NaN : Number(given);
  const [least, most] = WHOLE.get(name) ?? [];
  const isGood =
    least === undefined || most === undefined
      ? Number.isFinite(number)
      : Number.isInteger(number) && number >= least && number <= most;
  if (isGood) return number;
  const expected = least === undefined ? 'a number' : `a whole number from ${least} to ${most}`;
  throw known('USAGE', { what: `--${name} is "${given}"`, expected });
}

/** The help text of a command. */
export function help(command: Command): string {
  const rows = Object.entries(optionsOf(command)).map(([name, option]) => [
    `  --${name}${option.type === 'flag' ? '' : ` ${option.value ?? (option.type === 'number' ? 'N' : 'VALUE')}`}`,
    `${option.about}${option.required ? ' (required)' : ''}`,
  ]);
  const width = Math.max(...rows.map(([left]) => left!.length)) + 2;
  return [
    `tierwise ${command.name}${command.words ? ` ${command.words}` : ''} [options]`,
    '',
    command.about,
    '',
    ...rows.map(([left, right]) => left!.padEnd(width) + right),
  ].join('\n');
}

function suggested(name: string, names: readonly string[]): string {
  const best = nearest(name, names);
  return best !== undefined && distance(name, best) <= 3
    ? `perhaps --${best}`
    : `one of ${names.map((own) => `--${own}`).join(', ')}`;
}
