/**
 * One source of one table as a SELECT: canonical columns, `_tw_file` and `_tw_row`, `_tw_bad` (code of the reason to
 * set the row aside, or NULL) and `_tw_fix` (bits of what was mended).
 */
import type { CanonicalColumn, CanonicalTable } from '#catalog/index.ts';
import { literal, quoted } from '#engines/index.ts';
import { type Compiled, columnIn, compileColumn, type Finding, type Scope } from './columns.ts';
import { rawText, whenSql } from './conditions.ts';
import { LAYER, Layers } from './layers.ts';
import type { Ledger } from './ledger.ts';
import { GIVEN, type Limits, type Source } from './mapping.ts';
import type { Raw, RawColumn } from './raw.ts';
import { actionOf, RULES, type RuleAction, type RuleKey } from './rules.ts';
import type { Shop } from './shop.ts';
import type { Spec } from './spec.ts';

export interface StageContext {
  readonly shop: Shop;
  readonly limits: Limits;
  readonly rules: Readonly<Record<string, RuleAction>>;
  /** Epoch ms; later times have not happened yet. */
  readonly now: number;
  readonly ledger: Ledger;
  /** Of `dropOverlap`: epoch ms up to which earlier sources reach. */
  readonly coveredTo: number | undefined;
}

export interface Staged {
  readonly sql: string;
  /** Canonical columns that it gives; the others are empty. */
  readonly columns: readonly string[];
  /** Columns of the source that no canonical column reads. */
  readonly unused: readonly string[];
}

/** Times that tell what has happened; the others may lie ahead (a campaign's end). */
const PAST = new Set(['ordered_at', 'occurred_at', 'received_at', 'reviewed_at', 'redeemed_at', 'shown_at', 'clicked_at', 'first_seen_at']);
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  rating: [1, 5],
  propensity: [0, 1],
  percent_off: [0, 100],
  line: [1, 1e9],
};
/** Money columns that lose their sign on a returned line. */
const SIGNED = new Set(['paid', 'list_price', 'discount', 'coupon_discount']);

/** Specs of a source by canonical column; for `same`, of the columns that the file has. */
export function specsOf(table: CanonicalTable, source: Source, columns: ReadonlyMap<string, RawColumn>): Map<string, Spec> {
  if (source.columns !== 'same')
    return new Map(Object.entries(source.columns).filter(([, spec]) => spec !== undefined));
  const specs = new Map<string, Spec>();
  for (const column of table.columns) {
    if (!columns.has(column.name) && (!column.required || GIVEN.has(column.name))) continue;
    specs.set(column.name, sameSpec(column));
  }
  return specs;
}

function sameSpec({ name, kind }: CanonicalColumn): Spec {
  if (kind === 'money') return { column: name, money: 'minor' };
  if (kind === 'time') return { column: name, time: 'epoch-ms', zone: 'UTC' };
  return name;
}

export function stageSql(table: CanonicalTable, source: Source, raw: Raw, from: string, context: StageContext): Staged {
  const layers = new Layers();
  const columns = new Map(raw.columns.map((column) => [column.name, column]));
  const scope: Scope = {
    ...{ layers, columns, shop: context.shop, format: raw.files[0]!.format, partition: '_tw_file' },
    file: raw.files.map((file) => file.name).join(', '),
  };
  const specs = specsOf(table, source, columns);
  const compiled = table.columns.flatMap((column) => {
    const spec = specs.get(column.name);
    return spec === undefined ? [] : [compileColumn(column, spec, scope)];
  });
  for (const { column, value } of compiled) layers.name(LAYER.column, `c_${column.name}`, value);
  const verdict = new Verdict(context, layers);
  if (source.distinct === undefined)
    for (const { key, when, en, zh } of source.leaveOut ?? [])
      verdict.fault(whenSql(scope, when), context.ledger.own({ key, column: '', from: Object.keys(when), en, zh, isFault: false }));
  if (source.dropOverlap !== undefined && context.coveredTo !== undefined) {
    const own = compiled.find(({ column }) => column.name === source.dropOverlap);
    verdict.fault(`c_${source.dropOverlap} <= ${context.coveredTo}`, context.ledger.reason('overlap', source.dropOverlap, own?.from ?? []));
  }
  const isReturn = table.name === 'order_lines' ? returnSql(source, scope, specs) : undefined;
  const given = [...compiled.map(({ column }) => column.name)];
  if (isReturn !== undefined) {
    layers.name(LAYER.row, 'is_return', isReturn);
    if (!given.includes('status')) given.push('status');
  }
  for (const one of compiled) column(one, table, verdict, layers, isReturn !== undefined, context);
  if (isReturn !== undefined && !specs.has('status'))
    layers.name(LAYER.final, 'f_status', `case when is_return then 'refunded' else 'paid' end`);
  if (table.name === 'order_lines') soldRules(verdict, context, compiled);
  if (table.name === 'events' && specs.has('customer_id') && specs.has('anonymous_id'))
    verdict.fault('f_customer_id is null and f_anonymous_id is null', context.ledger.reason('missing-customer', 'customer_id', ['customer_id']));
  verdict.close();
  const out = given.filter((name) => name !== 'currency').map((name) => `f_${name} as ${quoted(name)}`);
  const used = new Set(compiled.flatMap((one) => one.from));
  return {
    sql: `select ${[...out, '_tw_file', '_tw_row', '_tw_bad', '_tw_fix'].join(', ')} from (${layers.over(from)})`,
    columns: given.filter((name) => name !== 'currency'),
    unused: raw.columns.map(({ name }) => name).filter((name) => !used.has(name)),
  };
}

/** Collects the conditions under which a row is set aside (the first that holds) or counts as mended. */
class Verdict {
  private readonly faults: string[] = [];
  private readonly mends = new Map<number, string[]>();
  private readonly context: StageContext;
  private readonly layers: Layers;

  constructor(context: StageContext, layers: Layers) {
    this.context = context;
    this.layers = layers;
  }

  fault(when: string, code: number): void {
    if (when !== 'false') this.faults.push(`when ${when} then ${code}`);
  }

  /** A finding about one column: set aside, or a mend, as its rule says. Returns whether the cell is to be emptied. */
  finding({ rule, when }: Finding, column: CanonicalColumn, from: readonly string[]): boolean {
    if (when === 'false') return false;
    const action = actionOf(rule, this.context.rules);
    if (action === 'keep') return false;
    if (action === 'quarantine') this.fault(when, this.context.ledger.reason(rule, column.name, from));
    else {
      const bit = this.context.ledger.mend(rule, column.name, from);
      this.mends.set(bit, [...(this.mends.get(bit) ?? []), when]);
    }
    return action === 'empty';
  }

  close(): void {
    const bad = this.faults.length === 0 ? 'null' : `case ${this.faults.join('\n    ')} end`;
    const bits = [...this.mends].map(([bit, whens]) => `(case when ${whens.join(' or ')} then ${1n << BigInt(bit)} else 0 end)`);
    const any = [...this.mends.values()].flat().join(' or ');
    const fix = bits.length === 0 ? '0' : `case when ${any} then ${bits.join(' | ')} else 0 end`;
    this.layers.name(LAYER.verdict, '_tw_bad', `(${bad})::smallint`);
    this.layers.name(LAYER.verdict, '_tw_fix', `(${fix})::bigint`);
  }
}

function column(
  { column: own, faults, mends, from }: Compiled,
  table: CanonicalTable,
  verdict: Verdict,
  layers: Layers,
  hasReturns: boolean,
  context: StageContext,
): void {
  let value = `c_${own.name}`;
  for (const fault of faults) verdict.finding(fault, own, from);
  for (const mend of mends) verdict.finding(mend, own, from);
  if (hasReturns && (SIGNED.has(own.name) || own.name === 'quantity'))
    value = layers.add(LAYER.row + (own.name === 'quantity' ? 0 : 0), `case when ${returnsNow(hasReturns)} then abs(${value}) else ${value} end`);
  const checks: Finding[] = [];
  if (own.kind === 'money') checks.push({ rule: 'negative-money', when: `(${value} < 0)` });
  if (own.kind === 'time') {
    checks.push({ rule: 'early-time', when: `(${value} < ${context.limits.earliest})` });
    if (PAST.has(own.name)) checks.push({ rule: 'future-time', when: `(${value} > ${context.now})` });
  }
  const range = RANGES[own.name];
  if (range !== undefined) checks.push({ rule: 'out-of-range', when: `(${value} not between ${range[0]} and ${range[1]})` });
  const empties = checks.filter((check) => verdict.finding(check, own, from)).map(({ when }) => when);
  let final = empties.length === 0 ? value : `case when ${empties.join(' or ')} then null else ${value} end`;
  if (own.name === 'status' && table.name === 'order_lines') {
    const status = `coalesce(lower(${value}), 'paid')`;
    final = hasReturns ? `case when is_return then 'refunded' else ${status} end` : status;
    verdict.finding({ rule: 'unknown-status', when: `(lower(${value}) not in ('paid', 'cancelled', 'refunded'))` }, own, from);
  }
  if (own.name === 'currency')
    verdict.finding({ rule: 'other-currency', when: `(upper(${value}) <> ${literal(context.shop.currency)})` }, own, from);
  if (own.name === 'quantity' && table.name === 'order_lines') final = quantity(final, verdict, own, from);
  layers.name(LAYER.final, `f_${own.name}`, final);
  if (own.required && own.name !== 'status' && own.name !== 'currency') {
    const rule: RuleKey = table.key.includes(own.name) || own.kind === 'id' ? 'missing-key' : 'missing-value';
    verdict.fault(`f_${own.name} is null`, context.ledger.reason(rule, own.name, from));
  }
}

const returnsNow = (hasReturns: boolean): string => (hasReturns ? 'is_return' : 'false');

/** A paid line of no quantity sold something: one unit. */
function quantity(value: string, verdict: Verdict, own: CanonicalColumn, from: readonly string[]): string {
  const isPaid = `(${value} = 0 and c_paid > 0)`;
  verdict.finding({ rule: 'zero-quantity', when: isPaid }, own, from);
  return `case when ${isPaid} then 1::decimal(18, 3) else ${value} end`;
}

function soldRules(verdict: Verdict, { ledger, limits }: StageContext, compiled: readonly Compiled[]): void {
  const from = compiled.find(({ column: own }) => own.name === 'quantity')?.from ?? [];
  verdict.fault('f_quantity < 0', ledger.reason('negative-quantity', 'quantity', from));
  verdict.fault('f_quantity = 0', ledger.reason('nothing-sold', 'quantity', from));
  verdict.fault(`f_quantity > ${limits.quantityMax}`, ledger.reason('absurd-quantity', 'quantity', from));
}

/** When an order line gives back: by the mapping's rules; undefined when it has none. */
function returnSql(source: Source, scope: Scope, specs: ReadonlyMap<string, Spec>): string | undefined {
  if (source.returns === undefined) return undefined;
  const parts = source.returns.map((rule) =>
    rule === 'negative-quantity' ? 'c_quantity < 0' : `starts_with(${rawText(scope, rule.column)}, ${literal(rule.prefix)})`,
  );
  if (specs.has('status')) parts.push(`lower(c_status) = 'refunded'`);
  return `coalesce(${parts.join(' or ')}, false)`;
}

/** The source's rows with looked-up columns, filled-down cells and, if asked, one row for each value. */
export function shapedSql(source: Source, raw: Raw, lookups: readonly { sql: string; columns: readonly RawColumn[] }[]): { sql: string; raw: Raw } {
  let sql = raw.sql;
  const columns = new Map(raw.columns.map((one) => [one.name, one]));
  const scope = { columns, file: raw.files.map((file) => file.name).join(', ') };
  for (const [i, lookup] of (source.lookup ?? []).entries()) {
    const on = Object.entries(lookup.on);
    const take: readonly (readonly [string, string])[] = Array.isArray(lookup.take)
      ? lookup.take.map((name: string) => [name, name])
      : Object.entries(lookup.take);
    const theirs = { columns: new Map(lookups[i]!.columns.map((one) => [one.name, one])), file: lookup.file };
    const keys = on.map(([, their], k) => `${rawText(theirs, their)} as _tw_key${k}`);
    const got = take.map(([, their], k) => `arg_min(${quoted(columnIn(theirs, their).name)}, _tw_row) as _tw_got${k}`);
    const match = on.map(([our], k) => `${rawText(scope, our)} = l._tw_key${k}`);
    sql = `select r.*, ${take.map(([name], k) => `l._tw_got${k} as ${quoted(name)}`).join(', ')} from (${sql}) r
      left join (select ${[...keys, ...got].join(', ')} from (${lookups[i]!.sql}) group by ${on.map((_, k) => k + 1).join(', ')}) l
      on ${match.join(' and ')}`;
    for (const [name, their] of take) columns.set(name, { name, type: columnIn(theirs, their).type });
  }
  if (source.fillDown !== undefined) {
    const within = rawText(scope, source.fillDown.within);
    const filled = source.fillDown.columns.map((name) => {
      const own = columnIn(scope, name);
      const value = own.type === 'VARCHAR' ? rawText(scope, name) : quoted(own.name);
      const above = `last_value(${value} ignore nulls) over (partition by _tw_file, ${within} order by _tw_row rows unbounded preceding)`;
      return `case when ${within} is null then ${quoted(own.name)} else ${above} end as ${quoted(own.name)}`;
    });
    sql = `select * replace (${filled.join(', ')}) from (${sql})`;
  }
  if (source.distinct !== undefined) sql = distinctSql(source, sql, scope);
  return { sql, raw: { ...raw, columns: [...columns.values()] } };
}

function distinctSql(source: Source, from: string, scope: Pick<Scope, 'columns' | 'file'>): string {
  const { by, keep } = source.distinct!;
  const keys = by.map((name) => columnIn(scope, name).name);
  const kept = (source.leaveOut ?? []).map(({ when }) => `not ${whenSql(scope, when)}`);
  const present = keys.map((name) => `${rawText(scope, name)} is not null`);
  const place = '_tw_file::bigint * 1099511627776 + _tw_row';
  const values = [...scope.columns.keys()].filter((name) => !keys.includes(name)).map((name) => {
    const filled = `filter (${rawText(scope, name)} is not null)`;
    const own = quoted(name);
    if (keep === 'most-common') return `mode(${own}) ${filled} as ${own}`;
    return `${keep === 'first' ? 'arg_min' : 'arg_max'}(${own}, ${place}) ${filled} as ${own}`;
  });
  const at = `${keep === 'last' ? 'max' : 'min'}(${place})`;
  return `select *, (_tw_place // 1099511627776)::integer as _tw_file, _tw_place % 1099511627776 as _tw_row
    from (select ${[...keys.map(quoted), ...values, `${at} as _tw_place`].join(', ')} from (${from})
          where ${[...present, ...kept].join(' and ')} group by ${keys.map(quoted).join(', ')})
    order by _tw_place`;
}

export const ruleActions = RULES;
