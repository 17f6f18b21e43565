/** The strongest attributions of a row as codes, and as plain sentences by the caller's templates. */
import { numberColumn, type Table, textAt } from '#table/index.ts';
import type { Attributions } from './attributions.ts';

/**
 * Words of one feature in two languages; `{name}`, `{value}` and `{effect}` are filled in.
 *
 * @example { en: '{value} days since the last order {effect} the score', zh: '距上次下单 {value} 天，{effect}评分' }
 */
export interface Template {
  readonly en: string;
  readonly zh: string;
}

export interface ReasonCode {
  /** The feature, or the group. */
  readonly feature: string;
  /** The feature whose value is told: of a group the one with the largest own attribution of the same sign. */
  readonly shown: string;
  readonly contribution: number;
  readonly value: number | string | null;
  readonly direction: 'raises' | 'lowers';
}

export interface ReasonsOptions {
  /** Which score of a row is explained; default the first. */
  readonly scoreOf?: (row: number) => number;
  /** Most reasons a row; default 3. */
  readonly top?: number;
  /** Attributions smaller than this are no reason; default 0: only those of exactly nothing are left out. */
  readonly least?: number;
  /** Attributions are summed by group before they are ranked; default: each feature stands alone. */
  readonly groupOf?: (feature: string) => string;
}

/**
 * Reasons of each row, the strongest first; of equals the first feature.
 *
 * @param data the rows that `of` explains; a feature that is not in it (a group) is told without a value
 */
export function reasonCodes(of: Attributions, data: Table, options: ReasonsOptions = {}): ReasonCode[][] {
  const { scoreOf = () => 0, top = 3, least = 0, groupOf = (feature) => feature } = options;
  const count = of.features.length;
  const names = of.features.map(groupOf);
  const groups = [...new Set(names)];
  return Array.from({ length: data.length }, (_, row) => {
    const from = (row * of.width + scoreOf(row)) * count;
    const own = of.values.subarray(from, from + count);
    const sums = new Map(groups.map((group) => [group, 0]));
    for (const [f, group] of names.entries()) sums.set(group, sums.get(group)! + own[f]!);
    return [...sums]
      .filter(([, sum]) => sum !== 0 && Math.abs(sum) >= least)
      .sort(([, a], [, b]) => Math.abs(b) - Math.abs(a))
      .slice(0, top)
      .map(([feature, contribution]) => {
        const shown = of.features[strongestOf(own, names, feature, contribution)]!;
        const direction = contribution > 0 ? 'raises' : 'lowers';
        return { feature, shown, contribution, value: valueAt(data, shown, row), direction };
      });
  });
}

function strongestOf(own: Float64Array, names: readonly string[], group: string, sum: number): number {
  let best = -1;
  for (const [f, name] of names.entries())
    if (name === group && (best < 0 || own[f]! * sum > own[best]! * sum)) best = f;
  return best;
}

/** The cell of a row; null where it is missing. */
export function valueAt(data: Table, name: string, row: number): number | string | null {
  const column = data.columns[name];
  if (column === undefined) return null;
  if (column.kind === 'text') return textAt(column, row);
  const { values, valid } = numberColumn(data, name);
  return valid?.[row] === 0 || !Number.isFinite(values[row]) ? null : values[row]!;
}

const GENERIC: Template = { en: '{name}: {value} {effect} the score', zh: '{name}：{value}，{effect}评分' };
const EFFECTS = { raises: { en: 'raises', zh: '提高' }, lowers: { en: 'lowers', zh: '降低' } } as const;
const NONE = { en: 'none', zh: '无' } as const;

/**
 * A reason in words.
 *
 * @param templates by shown feature or by group; one that is not there is told by name, value and direction
 * @param write a value as people of the shop read it; default: numbers with at most two decimals
 */
export function sentenceOf(
  reason: ReasonCode,
  templates: Readonly<Record<string, Template>> = {},
  write: (value: number | string, feature: string, language: 'en' | 'zh') => string = plainly,
): { readonly en: string; readonly zh: string } {
  const template = templates[reason.shown] ?? templates[reason.feature] ?? GENERIC;
  const say = (language: 'en' | 'zh') => {
    const words: Record<string, string> = {
      name: reason.shown.replaceAll('_', ' '),
      value: reason.value === null ? NONE[language] : write(reason.value, reason.shown, language),
      effect: EFFECTS[reason.direction][language],
    };
    return template[language].replaceAll(/\{(name|value|effect)\}/g, (_, word: string) => words[word]!);
  };
  return { en: say('en'), zh: say('zh') };
}

const PLAIN = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
const plainly = (value: number | string): string => (typeof value === 'string' ? value : PLAIN.format(value));
