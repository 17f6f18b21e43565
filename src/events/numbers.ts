/** Numbers and money in cells, as SQL. Money never passes through floating point once it is text. */
import { literal } from '#engines/index.ts';
import { LAYER, type Layers } from './layers.ts';

/** A number taken from one cell, and what can be said of it. All are names or conditions over the layer `mended`. */
export interface NumberRef {
  /** Missing when the cell is missing or bad. */
  readonly value: string;
  readonly unreadable: string;
  readonly notFinite: string;
  /** Separators or signs were taken out. */
  readonly reshaped: string;
  /** Digits below the minor unit were rounded away. */
  readonly rounded: string;
}

export interface MoneyStyle {
  readonly unit: 'major' | 'minor';
  readonly decimal: '.' | ',';
  /** Digits of the currency. */
  readonly digits: number;
  /** Signs and codes that may stand beside an amount in this currency. */
  readonly signs: readonly string[];
}

const NONE = 'false';
const MISSING = ['NULL', 'null', 'Null', 'NA', 'N/A', 'n/a', '#N/A', 'None', 'nil', '-', '--', '—', '\\N'];
const SAFE_MAX = '9007199254740991';

/** Whole numbers of any width. */
export const isInteger = (type: string): boolean => /^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(type);
const isFloat = (type: string): boolean => type === 'DOUBLE' || type === 'FLOAT';

/** Signs of a currency: its code, its symbols, and the names it goes by. */
export function signsOf(currency: string): readonly string[] {
  const forms = (['code', 'symbol', 'narrowSymbol'] as const).map(
    (currencyDisplay) =>
      new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay })
        .formatToParts(0)
        .find((part) => part.type === 'currency')!.value,
  );
  const more: Readonly<Record<string, readonly string[]>> = {
    CNY: ['RMB', '元', '￥', '¥', '人民币'],
    JPY: ['円', '￥', '¥'],
  };
  return [...new Set([...forms, ...(more[currency] ?? [])])];
}

/** The text of a number with thousands separators, currency signs and brackets for minus taken out; NULL when it is none. */
function normal(text: string, decimal: '.' | ',', signs: readonly string[]): string {
  const sign = signs
    .map((s) => s.replace(/[$^.*+?()[\]{}|\\]/g, '\\$&'))
    .sort((a, b) => b.length - a.length)
    .join('|');
  const bare = `regexp_replace(${text}, ${literal(`[\\s\\x{00A0}\\x{202F}'’]${sign === '' ? '' : `|${sign}`}`)}, '', 'g')`;
  const signed = `regexp_replace(${bare}, '^\\((.*)\\)$', '-\\1')`;
  const [group, point] = decimal === '.' ? [',', '\\.'] : ['\\.', ','];
  const grouped = literal(`[-+]?\\d{1,3}(${group}\\d{3})+(${point}\\d*)?`);
  const whole = literal(`[-+]?(\\d+${point}?\\d*|${point}\\d+)([eE][-+]?\\d{1,2})?`);
  const ungrouped = decimal === '.' ? `replace(${signed}, ',', '')` : `replace(replace(${signed}, '.', ''), ',', '.')`;
  return `case when regexp_full_match(${signed}, ${grouped}) or regexp_full_match(${signed}, ${whole}) then ${ungrouped} end`;
}

const missing = (text: string): string => `${text} in (${MISSING.map(literal).join(', ')})`;
const isNotFinite = (text: string): string => `regexp_full_match(${text}, '[-+]?(nan|inf|infinity)', 'i')`;

/**
 * Money of a cell in minor units, BIGINT, rounded half away from zero. Text within four decimals goes through one
 * 64-bit decimal; all else through DECIMAL(38,18).
 *
 * @param cell SQL over the layer `shaped`
 */
export function moneyOf(layers: Layers, cell: string, type: string, style: MoneyStyle): NumberRef {
  const { digits } = style;
  const shift = style.unit === 'major' ? digits : 0;
  const narrow = `decimal(${shift === 0 ? 18 : 17 - shift}, 4)`;
  const scaled = (dec: string): string => (shift === 0 ? dec : `${dec} * ${10 ** shift}::decimal(${shift + 1}, 0)`);
  const from = layers.add(LAYER.parsed, cell);
  if (isInteger(type) && shift === 0) {
    const whole = layers.add(LAYER.scaled, `try_cast(${from} as bigint)`);
    const value = layers.add(LAYER.combined, within(whole));
    return { value, ...lossOf(layers, value, from, type), reshaped: NONE, rounded: NONE };
  }
  const isText = type === 'VARCHAR';
  const point = style.decimal;
  const isLong = `(strlen(${from}) > 5 and (contains(${from}, '${point}') and strlen(${from}) - instr(${from}, '${point}') > 4 or contains(${from}, 'e') or contains(${from}, 'E')))`;
  const direct = point === '.' ? from : `replace(${from}, ',', '.')`;
  const textual = `case when ${isLong}${point === '.' ? '' : ` or contains(${from}, '.')`} then null else try_cast(${direct} as ${narrow}) end`;
  const fast = layers.add(LAYER.scaled, scaled(isText ? `(${textual})` : `try_cast(${from} as ${narrow})`));
  const wide = `try_cast(${isText ? normal(from, point, style.signs) : from} as decimal(38, 18))`;
  const slow = layers.add(LAYER.mended, `case when ${fast} is null and ${from} is not null then ${wide} end`);
  const minor = layers.add(
    LAYER.combined,
    `case when ${slow} is not null then try_cast(replace(round(${slow}, ${shift})::varchar, '.', '') as bigint) end`,
  );
  const value = layers.add(LAYER.bounded, `coalesce(cast(${fast} as bigint), ${within(minor)})`);
  const over = `coalesce(${fast} % 1::decimal(1, 0) <> 0, ${slow} <> round(${slow}, ${shift}), false)`;
  return {
    ...{ value, ...lossOf(layers, value, from, type) },
    reshaped: isText
      ? layers.add(LAYER.combined, `case when ${slow} is not null then not ${isLong} else false end`)
      : NONE,
    rounded: layers.add(LAYER.combined, over),
  };
}

/** A cell that gave no number: because it is NaN or infinite, or because it cannot be read. */
function lossOf(
  layers: Layers,
  value: string,
  from: string,
  type: string,
): Pick<NumberRef, 'unreadable' | 'notFinite'> {
  const lost = layers.add(LAYER.share, `(${value} is null and ${from} is not null)`);
  // A CASE, since AND may be computed in any order, and patterns are dear on rows that are well.
  const and = (what: string): string => layers.add(LAYER.column, `case when ${lost} then ${what} else false end`);
  if (type === 'VARCHAR')
    return {
      unreadable: and(`not (${missing(from)}) and not ${isNotFinite(from)}`),
      notFinite: and(isNotFinite(from)),
    };
  if (!isFloat(type)) return { unreadable: lost, notFinite: NONE };
  return { unreadable: and(`isfinite(${from})`), notFinite: and(`not isfinite(${from})`) };
}

const within = (minor: string): string => `case when ${minor} between -${SAFE_MAX} and ${SAFE_MAX} then ${minor} end`;

/** A number of a cell as SQL type `target` (decimal(18, 3), decimal(20, 6), double ...). */
export function numberOf(
  layers: Layers,
  cell: string,
  type: string,
  target: string,
  style: { decimal: '.' | ','; signs: readonly string[] } = { decimal: '.', signs: [] },
): NumberRef {
  const from = layers.add(LAYER.parsed, cell);
  const isText = type === 'VARCHAR';
  const isDouble = target === 'double';
  const finite = (sql: string): string => (isDouble ? `(case when isfinite(${sql}) then ${sql} end)` : sql);
  if (!isText) {
    const value = layers.add(LAYER.combined, finite(`try_cast(${from} as ${target})`));
    return { value, ...lossOf(layers, value, from, type), reshaped: NONE, rounded: NONE };
  }
  const direct =
    style.decimal === '.'
      ? `try_cast(${from} as ${target})`
      : `case when not contains(${from}, '.') then try_cast(replace(${from}, ',', '.') as ${target}) end`;
  const fast = layers.add(LAYER.scaled, direct);
  const slow = layers.add(
    LAYER.mended,
    `case when ${fast} is null and ${from} is not null then try_cast(${normal(from, style.decimal, style.signs)} as ${target}) end`,
  );
  const value = layers.add(LAYER.combined, `coalesce(${finite(fast)}, ${finite(slow)})`);
  return { value, ...lossOf(layers, value, from, type), reshaped: `(${slow} is not null)`, rounded: NONE };
}
