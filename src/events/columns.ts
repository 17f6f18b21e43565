/** One canonical column as SQL: its value, when a row is at fault, and what was mended. */
import type { CanonicalColumn } from '#catalog/index.ts';
import { literal } from '#engines/index.ts';
import { known } from '#errors.ts';
import { nearest } from '#kernels/text-distance.ts';
import { type CellRef, cellOf, LAYER, type Layers } from './layers.ts';
import type { Format } from './mapping.ts';
import { isInteger, moneyOf, type NumberRef, numberOf, signsOf } from './numbers.ts';
import type { RawColumn } from './raw.ts';
import type { RuleKey } from './rules.ts';
import type { Shop } from './shop.ts';
import { type CellSpec, columnsOf, type Spec } from './spec.ts';
import { timeOf } from './times.ts';
import { INEXACT } from './xlsx.ts';

export interface Finding {
  readonly rule: RuleKey;
  /** SQL condition over the layer `column` and all below. */
  readonly when: string;
}

export interface Compiled {
  readonly column: CanonicalColumn;
  /** SQL of the column's type. */
  readonly value: string;
  readonly faults: readonly Finding[];
  readonly mends: readonly Finding[];
  /** Source columns, for people. */
  readonly from: readonly string[];
}

export interface Scope {
  readonly layers: Layers;
  /** Columns of the source by name. */
  readonly columns: ReadonlyMap<string, RawColumn>;
  readonly shop: Shop;
  readonly format: Format | 'rows';
  /** Name of the file, for messages. */
  readonly file: string;
  /** `_tw_row` is unique within it. */
  readonly partition: string;
}

/** The source column `name`, blind to case when there is only one such. @throws COLUMN_MISSING */
export function columnIn(scope: Pick<Scope, 'columns' | 'file'>, name: string): RawColumn {
  const exact = scope.columns.get(name);
  if (exact !== undefined) return exact;
  const has = [...scope.columns.keys()];
  const blind = has.filter((own) => own.toLowerCase() === name.toLowerCase());
  if (blind.length === 1) return scope.columns.get(blind[0]!)!;
  throw known('COLUMN_MISSING', { file: scope.file, column: name, near: nearest(name, has) ?? '', has });
}

export const hasColumn = (scope: Pick<Scope, 'columns'>, name: string): boolean =>
  [...scope.columns.keys()].some((own) => own.toLowerCase() === name.toLowerCase());

export function compileColumn(column: CanonicalColumn, spec: Spec, scope: Scope): Compiled {
  const faults: Finding[] = [];
  const mends: Finding[] = [];
  const maker = new Maker(scope, faults, mends);
  const value = maker.valueOf(column, spec);
  return { column, value, faults, mends, from: columnsOf(spec) };
}

class Maker {
  private readonly scope: Scope;
  private readonly faults: Finding[];
  private readonly mends: Finding[];

  constructor(scope: Scope, faults: Finding[], mends: Finding[]) {
    this.scope = scope;
    this.faults = faults;
    this.mends = mends;
  }

  valueOf(column: CanonicalColumn, spec: Spec): string {
    switch (column.kind) {
      case 'id':
        return this.text(spec, true, true);
      case 'text':
        return this.text(spec, column.name === 'status' || column.name === 'currency', false);
      case 'money':
        return this.money(spec);
      case 'time':
        return this.time(spec);
      case 'count':
        return this.count(spec);
      case 'quantity':
        return `(${this.number(spec, 'decimal(18, 3)')})::decimal(18, 3)`;
      case 'number':
        return `(${this.number(spec, 'double')})::double`;
      case 'flag':
        return this.flag(spec);
      case 'json':
        return this.json(spec);
      default:
        return column.kind satisfies never;
    }
  }

  /** Cleaned cell as it is, with its mends noted. */
  private cell(name: string, isSymbol: boolean, isOptional = false): CellRef {
    if (isOptional && !hasColumn(this.scope, name)) return { value: 'null::varchar', type: 'VARCHAR' };
    const cell = cellOf(this.scope.layers, columnIn(this.scope, name), isSymbol);
    if (cell.trimmed !== undefined) this.mends.push({ rule: 'trimmed', when: cell.trimmed });
    if (cell.folded !== undefined) this.mends.push({ rule: 'full-width', when: cell.folded });
    return cell;
  }

  private text(spec: Spec, isSymbol: boolean, isId: boolean): string {
    if (typeof spec === 'string') return this.cellText({ column: spec }, isSymbol, isId);
    if ('column' in spec) return this.cellText(spec, isSymbol, isId);
    if ('const' in spec) return spec.const === null ? 'null::varchar' : literal(String(spec.const));
    if ('first' in spec) return `coalesce(${spec.first.map((part) => this.text(part, isSymbol, isId)).join(', ')})`;
    if ('concat' in spec) {
      const parts = spec.concat.map((part) => this.text(part, isSymbol, isId));
      return `nullif(concat_ws(${literal(spec.with ?? '')}, ${parts.join(', ')}), '')`;
    }
    if ('json' in spec) return this.json(spec);
    return `(${this.number(spec, 'decimal(18, 3)')})::varchar`;
  }

  private cellText(spec: CellSpec, isSymbol: boolean, isId: boolean): string {
    const { value, type } = this.cell(spec.column, isSymbol, spec.optional);
    if (isId && this.scope.format === 'xlsx')
      this.faults.push({ rule: 'inexact-id', when: `starts_with(${value}, ${literal(INEXACT)})` });
    if (isId && (type === 'DOUBLE' || type === 'FLOAT'))
      this.faults.push({ rule: 'inexact-id', when: `(isfinite(${value}) and abs(${value}) > 9007199254740991)` });
    const text = typedText(value, type);
    return this.reshape(
      spec,
      this.scope.format === 'xlsx' && !isId && type === 'VARCHAR' ? `ltrim(${text}, ${literal(INEXACT)})` : text,
    );
  }

  /** `map`, `split` and `strip` of a cell's text. */
  private reshape(spec: CellSpec, from: string): string {
    let text = from;
    if (spec.split !== undefined)
      text = `nullif(trim(string_split(${text}, ${literal(spec.split)})[${spec.part ?? 1}]), '')`;
    if (spec.strip === 'html') text = withoutTags(text);
    if (spec.case !== undefined) text = `${spec.case}(${text})`;
    if (spec.map === undefined) return text;
    const whens = Object.entries(spec.map).map(
      ([key, to]) => `when ${literal(key)} then ${to === null ? 'null' : literal(String(to))}`,
    );
    const rest = spec.else === undefined ? text : spec.else === null ? 'null' : literal(String(spec.else));
    return `case ${text} ${whens.join(' ')} else ${rest} end`;
  }

  private cellValue(spec: CellSpec): { sql: string; type: string } {
    const isShaped = [spec.map, spec.split, spec.strip, spec.case].some((part) => part !== undefined);
    const { value, type } = this.cell(spec.column, true, spec.optional);
    const isMarked = this.scope.format === 'xlsx' && type === 'VARCHAR';
    if (!isShaped && !isMarked && isSimple(type)) return { sql: value, type };
    const text = isMarked ? `ltrim(${value}, ${literal(INEXACT)})` : typedText(value, type);
    return { sql: isShaped ? this.reshape(spec, text) : text, type: 'VARCHAR' };
  }

  private note(ref: NumberRef, unreadable: RuleKey, isMoney: boolean): string {
    this.faults.push({ rule: 'not-finite', when: ref.notFinite }, { rule: unreadable, when: ref.unreadable });
    this.mends.push({ rule: 'number-format', when: ref.reshaped });
    if (isMoney) this.mends.push({ rule: 'money-rounded', when: ref.rounded });
    return ref.value;
  }

  /** Minor units, BIGINT. */
  private money(spec: Spec): string {
    const { layers, shop } = this.scope;
    if (typeof spec === 'string' || 'column' in spec) {
      const cell = typeof spec === 'string' ? { column: spec } : spec;
      const { sql, type } = this.cellValue(cell);
      const style = {
        unit: cell.money ?? 'minor',
        decimal: cell.decimal ?? '.',
        digits: shop.currencyDigits,
        signs: signsOf(shop.currency),
      };
      return this.note(moneyOf(layers, sql, type, style), 'unreadable-money', true);
    }
    if ('const' in spec)
      return spec.const === null ? 'null::bigint' : `${BigInt(Math.round(Number(spec.const)))}::bigint`;
    if ('first' in spec) return `coalesce(${spec.first.map((part) => this.money(part)).join(', ')})`;
    if ('sum' in spec)
      return added(
        spec.sum.map((part) => this.money(part)),
        '+',
      );
    if ('minus' in spec)
      return added(
        spec.minus.map((part) => this.money(part)),
        '-',
      );
    if ('multiply' in spec) return this.product(spec.multiply);
    if ('spread' in spec) return this.share(spec.spread, spec.by, spec.within);
    throw new TypeError(`${Object.keys(spec)[0]} does not make money`);
  }

  /** Quantities times unit prices, exact, rounded once at the end. */
  private product(parts: readonly Spec[]): string {
    const { layers, shop } = this.scope;
    let scale = 0;
    const factors = parts.map((part) => {
      if (typeof part !== 'string' && !('column' in part)) {
        if (!('const' in part)) throw new TypeError('multiply takes columns and constants');
        scale += 3;
        return `${Number(part.const)}::decimal(18, 3)`;
      }
      const cell: CellSpec = typeof part === 'string' ? { column: part } : part;
      const { sql, type } = this.cellValue(cell);
      const [target, rule]: [string, RuleKey] =
        cell.money === undefined ? ['decimal(18, 3)', 'unreadable-number'] : ['decimal(20, 6)', 'unreadable-money'];
      scale += cell.money === undefined ? 3 : 6;
      const style = { decimal: cell.decimal ?? ('.' as const), signs: signsOf(shop.currency) };
      const value = this.note(numberOf(layers, sql, type, target, style), rule, false);
      if (cell.money !== 'minor' || shop.currencyDigits === 0) return value;
      scale += shop.currencyDigits;
      return `(${value} * ${10 ** -shop.currencyDigits}::decimal(${shop.currencyDigits + 1}, ${shop.currencyDigits}))`;
    });
    const { currencyDigits: digits } = shop;
    const exact = layers.add(
      LAYER.bounded,
      `try(try_cast(${factors.join(' * ')} as decimal(${38 - digits - 1}, ${Math.min(scale, 30)})) * ${10 ** digits}::decimal(${digits + 1}, 0))`,
    );
    const rounded = layers.add(LAYER.share, `(${exact} % 1::decimal(1, 0) <> 0)`);
    this.mends.push({ rule: 'money-rounded', when: rounded });
    return `try_cast(${exact} as bigint)`;
  }

  /** Parts of an order's amount by weight; what a row gets is what is due up to it less what is due before it. */
  private share(amount: Spec, by: Spec, within: string): string {
    const { layers, partition } = this.scope;
    const due = layers.add(LAYER.share - 1, this.money(amount));
    const weight = layers.add(LAYER.share - 1, `greatest(coalesce(${this.money(by)}, 0), 0)`);
    const order = this.cell(within, true).value;
    const over = `partition by ${partition}, ${order}`;
    const upTo = `sum(${weight}) over (${over} order by _tw_row rows unbounded preceding)`;
    const [all, whole] = [`sum(${weight}) over (${over})`, `max(${due}) over (${over})`];
    const place = `row_number() over (${over} order by _tw_row)`;
    const parts = [upTo, all, whole, place].map((sql) => layers.add(LAYER.share, sql));
    const [cum, total, sum, first] = parts as [string, string, string, string];
    const floor = (weights: string): string => `((${sum}::hugeint * (${weights})) // ${total})`;
    return `case when ${order} is null then ${due} when ${total} = 0 then case when ${first} = 1 then ${sum} else 0 end
      else (${floor(cum)} - ${floor(`${cum} - ${weight}`)})::bigint end`;
  }

  private number(spec: Spec, target: string): string {
    if (typeof spec === 'string' || 'column' in spec) {
      const cell = typeof spec === 'string' ? { column: spec } : spec;
      const { sql, type } = this.cellValue(cell);
      const style = { decimal: cell.decimal ?? ('.' as const), signs: [] };
      return this.note(numberOf(this.scope.layers, sql, type, target, style), 'unreadable-number', false);
    }
    const parts = (list: readonly Spec[]): string[] => list.map((part) => this.number(part, target));
    if ('const' in spec) return spec.const === null ? `null::${target}` : `${Number(spec.const)}::${target}`;
    if ('first' in spec) return `coalesce(${parts(spec.first).join(', ')})`;
    if ('sum' in spec) return added(parts(spec.sum), '+');
    if ('minus' in spec) return added(parts(spec.minus), '-');
    if ('multiply' in spec) return `try(${parts(spec.multiply).join(' * ')})`;
    throw new TypeError(`${Object.keys(spec)[0]} does not make a number`);
  }

  private count(spec: Spec): string {
    if (typeof spec === 'string' && isInteger(columnIn(this.scope, spec).type)) {
      const cell = this.cell(spec, true).value;
      const whole = this.scope.layers.add(LAYER.combined, `try_cast(${cell} as bigint)`);
      this.faults.push({ rule: 'unreadable-number', when: `(${whole} is null and ${cell} is not null)` });
      return whole;
    }
    const number = this.scope.layers.add(LAYER.bounded, this.number(spec, 'decimal(18, 3)'));
    this.faults.push({ rule: 'unreadable-number', when: `(${number} <> trunc(${number}))` });
    return `case when ${number} = trunc(${number}) then ${number}::bigint end`;
  }

  private time(spec: Spec): string {
    if (typeof spec === 'string' || 'column' in spec) {
      const cell = typeof spec === 'string' ? { column: spec } : spec;
      const { sql, type } = this.cellValue(cell);
      const zone = cell.zone ?? this.scope.shop.timeZone;
      const ref = timeOf(this.scope.layers, sql, type, cell.time ?? 'iso', zone);
      this.faults.push({ rule: 'unreadable-time', when: ref.unreadable });
      return ref.value;
    }
    if ('const' in spec)
      return spec.const === null ? 'null::bigint' : `${BigInt(Math.round(Number(spec.const)))}::bigint`;
    if ('first' in spec) return `coalesce(${spec.first.map((part) => this.time(part)).join(', ')})`;
    throw new TypeError(`${Object.keys(spec)[0]} does not make a time`);
  }

  private flag(spec: Spec): string {
    if (typeof spec === 'string' && columnIn(this.scope, spec).type === 'BOOLEAN') return this.cell(spec, true).value;
    const text = this.scope.layers.add(LAYER.parsed, `lower(${this.text(spec, true, false)})`);
    const list = (words: readonly string[]): string => words.map(literal).join(', ');
    const value = `case when ${text} in (${list(YES)}) then true when ${text} in (${list(NO)}) then false end`;
    const flag = this.scope.layers.add(LAYER.combined, value);
    this.faults.push({ rule: 'unreadable-flag', when: `(${flag} is null and ${text} is not null)` });
    return flag;
  }

  private json(spec: Spec): string {
    if (typeof spec === 'string' || 'column' in spec || !('json' in spec)) {
      const text = this.scope.layers.add(LAYER.parsed, this.text(spec, false, false));
      const isObject = `coalesce(case when json_valid(${text}) then json_type(${text}) = 'OBJECT' end, false)`;
      const value = this.scope.layers.add(
        LAYER.combined,
        `case when ${text} is not null and ${isObject} then ${text} end`,
      );
      this.faults.push({ rule: 'unreadable-json', when: `(${value} is null and ${text} is not null)` });
      return value;
    }
    const entries: readonly (readonly [string, Spec])[] = Array.isArray(spec.json)
      ? spec.json.map((name: string) => [name, name])
      : Object.entries(spec.json);
    const pairs = entries.map(([name, part]) => {
      const isCell = typeof part === 'string';
      const cell = isCell ? this.cell(part, false) : undefined;
      const value = cell !== undefined && isSimple(cell.type) ? cell.value : this.text(part, false, false);
      return `${literal(name)}, ${value}`;
    });
    return `nullif(json_merge_patch('{}', json_object(${pairs.join(', ')}))::varchar, '{}')`;
  }
}

const YES = ['true', 't', 'yes', 'y', '1', '1.0', 'on', '是', '真', '有'];
const NO = ['false', 'f', 'no', 'n', '0', '0.0', 'off', '否', '假', '无'];

const isSimple = (type: string): boolean =>
  /^(VARCHAR|BOOLEAN|DATE|DOUBLE|FLOAT|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL.*|TIMESTAMP.*)$/.test(type);

/** A typed cell as text: whole floating numbers without a point, nested values as JSON. */
function typedText(value: string, type: string): string {
  if (type === 'VARCHAR') return value;
  if (type === 'DOUBLE' || type === 'FLOAT')
    return `case when isfinite(${value}) then case when ${value} = trunc(${value}) and abs(${value}) < 1e18 then ${value}::bigint::varchar else ${value}::varchar end end`;
  if (/\[\]$|^(STRUCT|MAP|UNION)/.test(type)) return `to_json(${value})::varchar`;
  return `${value}::varchar`;
}

function withoutTags(text: string): string {
  const entities = [
    ...[
      ['&nbsp;', ' '],
      ['&lt;', '<'],
      ['&gt;', '>'],
      ['&quot;', '"'],
      ['&#39;', "'"],
      ['&#039;', "'"],
      ['&amp;', '&'],
    ],
  ] as const;
  const bare = `regexp_replace(${text}, '(?s)<[^>]*>', ' ', 'g')`;
  const plain = entities.reduce((sql, [from, to]) => `replace(${sql}, ${literal(from!)}, ${literal(to!)})`, bare);
  return `nullif(trim(regexp_replace(${plain}, '\\s+', ' ', 'g')), '')`;
}

const added = (parts: readonly string[], sign: '+' | '-'): string =>
  `(${parts.map((part, i) => (i === 0 ? part : `coalesce(${part}, 0)`)).join(` ${sign} `)})`;
