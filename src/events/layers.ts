/**
 * A SELECT built in layers: what a layer adds may use everything below it, so no expression is written (or computed)
 * twice. The engine drops what nobody uses.
 */
import { literal, quoted } from '#engines/index.ts';
import type { RawColumn } from './raw.ts';

export class Layers {
  private readonly layers: Map<string, string>[] = [];
  private count = 0;

  /** Name of `sql` in `layer`; equal expressions get one name. */
  add(layer: number, sql: string): string {
    const own = this.layer(layer);
    const known = own.get(sql);
    if (known !== undefined) return known;
    const alias = `x${layer}_${this.count++}`;
    own.set(sql, alias);
    return alias;
  }

  name(layer: number, alias: string, sql: string): string {
    this.layer(layer).set(`${sql} /* ${alias} */`, alias);
    return alias;
  }

  /** The nested SELECT over `from`. */
  over(from: string): string {
    return this.layers.reduce((below, layer) => {
      if (layer === undefined || layer.size === 0) return below;
      const list = [...layer].map(([sql, alias]) => `${sql} as ${quoted(alias)}`);
      return `select *, ${list.join(',\n  ')}\nfrom (${below})`;
    }, from);
  }

  private layer(index: number): Map<string, string> {
    while (this.layers.length <= index) this.layers.push(new Map());
    return this.layers[index]!;
  }
}

/** Layers by what they hold. */
export const LAYER = {
  ...{ cut: 1, shaped: 3, parsed: 4, scaled: 5, mended: 6, combined: 7, bounded: 8 },
  ...{ share: 9, column: 10, row: 11, signed: 12, final: 13, verdict: 14 },
} as const;

/** A cell of the source after cleaning: `value` is text (NULL when blank) or typed, and what was mended in it. */
export interface CellRef {
  readonly value: string;
  readonly type: string;
  readonly trimmed?: string;
  readonly folded?: string;
}

const SPACES = '[\\s\\x{00A0}\\x{3000}\\x{FEFF}\\x{200B}\\x{202F}]';
const WIDE = Array.from({ length: 94 }, (_, i) => String.fromCodePoint(0xff01 + i)).join('');
const NARROW = Array.from({ length: 94 }, (_, i) => String.fromCodePoint(0x21 + i)).join('');

/**
 * Cleaned cell of a column. Cells that begin and end with a plain character and are ASCII pass at the cost of four
 * comparisons.
 *
 * @param isSymbol ids, numbers, money, times: full-width characters become plain ones
 */
export function cellOf(layers: Layers, column: RawColumn, isSymbol: boolean): CellRef {
  const raw = quoted(column.name);
  if (column.type !== 'VARCHAR') return { value: raw, type: column.type };
  const odd = `(${raw} < '!' or suffix(${raw}, ' ') or suffix(${raw}, chr(9)) or suffix(${raw}, chr(10)) or contains(${raw}, chr(13)) or strlen(${raw}) <> length(${raw}))`;
  const plain = `replace(${raw}, chr(13) || chr(10), chr(10))`;
  const isOdd = layers.add(LAYER.cut, odd);
  const cut = `regexp_replace(${plain}, '^${SPACES}+|${SPACES}+$', '', 'g')`;
  const folded = isSymbol ? `translate(${cut}, ${literal(WIDE)}, ${literal(NARROW)})` : cut;
  const value = layers.add(LAYER.shaped, `case when ${isOdd} then nullif(${folded}, '') else ${raw} end`);
  const found = (what: string): string => layers.add(LAYER.parsed, `case when ${isOdd} then ${what} else false end`);
  return {
    value,
    type: 'VARCHAR',
    trimmed: found(`${cut} <> '' and ${cut} <> ${plain}`),
    ...(isSymbol ? { folded: found(`${value} <> ${cut}`) } : {}),
  };
}
