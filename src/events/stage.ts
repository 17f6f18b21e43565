/**
 * One source of one table as a SELECT: canonical columns, `_tw_file` and `_tw_row`, `_tw_bad` (code of the reason to
 * set the row aside, or NULL) and `_tw_fix` (bits of what was mended).
 */
import type { CanonicalColumn, CanonicalTable } from '#catalog/index.ts';
import { literal, quoted } from '#engines/index.ts';
import { type Compiled, compileColumn, type Finding, type Scope } from './columns.ts';
import { rawText, whenSql } from './conditions.ts';
import { LAYER, Layers } from './layers.ts';
import type { Ledger } from './ledger.ts';
import type { Limits, Source } from './mapping.ts';
import { GIVEN } from './mapping-meaning.ts';
import type { Raw, RawColumn } from './raw.ts';
import { actionOf, type RuleAction, type RuleKey } from './rules.ts';
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
const PAST = new Set([
  'ordered_at',
  'occurred_at',
  'received_at',
  'reviewed_at',
  'redeemed_at',
  'shown_at',
  'clicked_at',
  'first_seen_at',
]);
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  rating: [1, 5],
  propensity: [0, 1],
  percent_off: [0, 100],
  line: [1, 1e9],
};
/** What `refunds` of a source gives, beside the canonical columns. */
const REFUND: readonly CanonicalColumn[] = [
  { name: 'refund', kind: 'money', about: 'given back for the whole order' },
  { name: 'refund_at', kind: 'time', about: 'when' },
];
/** Money columns that lose their sign on a returned line. */
const SIGNED = new Set(['paid', 'list_price', 'discount', 'coupon_discount']);

/** Specs of a source by canonical column; for `same`, of the columns that the file has. */
export function specsOf(
  table: CanonicalTable,
  source: Source,
  columns: ReadonlyMap<string, RawColumn>,
): Map<string, Spec> {
  if (source.columns !== 'same') {
    const specs = new Map(Object.entries(source.columns).filter(([, spec]) => spec !== undefined));
    if (source.refunds !== undefined) specs.set('refund', source.refunds.amount).set('refund_at', source.refunds.at);
    return specs;
  }
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
  const compiled = [...table.columns, ...REFUND].flatMap((column) => {
    const spec = specs.get(column.name);
    return spec === undefined ? [] : [compileColumn(column, spec, scope)];
  });
  for (const { column, value } of compiled) layers.name(LAYER.column, `c_${column.name}`, value);
  const verdict = new Verdict(context, layers);
  if (source.dropOverlap !== undefined && context.coveredTo !== undefined) {
    const own = compiled.find(({ column }) => column.name === source.dropOverlap);
    verdict.fault(
      `c_${source.dropOverlap} <= ${context.coveredTo}`,
      context.ledger.reason('overlap', source.dropOverlap, own?.from ?? []),
    );
  }
  if (source.distinct === undefined)
    for (const { key, when, en, zh } of source.leaveOut ?? [])
      verdict.fault(
        whenSql(scope, when),
        context.ledger.own({ key, column: '', from: Object.keys(when), en, zh, isFault: false }),
      );
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
    verdict.fault(
      'f_customer_id is null and f_anonymous_id is null',
      context.ledger.reason('missing-customer', 'customer_id', ['customer_id']),
    );
  verdict.close();
  const out = given.filter((name) => name !== 'currency').map((name) => `f_${name} as ${quoted(name)}`);
  const used = new Set(compiled.flatMap((one) => one.from));
  return {
    sql: `select ${[...out, '_tw_file', '_tw_row', '_tw_bad', '_tw_fix'].join(', ')} from (${layers.over(from)})${isShuffled(source) ? ' order by _tw_file, _tw_row' : ''}`,
    columns: given.filter((name) => name !== 'currency'),
    unused: raw.columns.map(({ name }) => name).filter((name) => !used.has(name)),
  };
}

/** Windows and joins leave rows in an order of their own. */
const isShuffled = (source: Source): boolean =>
  source.fillDown !== undefined || source.lookup !== undefined || JSON.stringify(source.columns).includes('"spread"');

/** Collects the conditions under which a row is set aside (the first that holds) or counts as mended. */
class Verdict {
  private readonly faults = new Map<string, number>();
  private readonly mends = new Map<number, string[]>();
  private readonly context: StageContext;
  private readonly layers: Layers;

  constructor(context: StageContext, layers: Layers) {
    this.context = context;
    this.layers = layers;
  }

  fault(when: string, code: number): void {
    if (when !== 'false' && !this.faults.has(when)) this.faults.set(when, code);
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
    const whens = [...this.faults].map(([when, code]) => `when ${when} then ${code}`);
    const bad = whens.length === 0 ? 'null' : `case ${whens.join('\n    ')} end`;
    const bits = [...this.mends].map(
      ([bit, parts]) => `(case when ${parts.join(' or ')} then ${1n << BigInt(bit)} else 0 end)`,
    );
    const any = [...new Set([...this.mends.values()].flat())].join(' or ');
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
    value = layers.add(LAYER.signed, `case when is_return then abs(${value}) else ${value} end`);
  const checks: Finding[] = [];
  if (own.kind === 'money') checks.push({ rule: 'negative-money', when: `(${value} < 0)` });
  if (own.kind === 'time') {
    checks.push({ rule: 'early-time', when: `(${value} < ${context.limits.earliest})` });
    if (PAST.has(own.name)) checks.push({ rule: 'future-time', when: `(${value} > ${context.now})` });
  }
  const range = RANGES[own.name];
  if (range !== undefined)
    checks.push({ rule: 'out-of-range', when: `(${value} not between ${range[0]} and ${range[1]})` });
  const empties = checks.filter((check) => verdict.finding(check, own, from)).map(({ when }) => when);
  let final = empties.length === 0 ? value : `case when ${empties.join(' or ')} then null else ${value} end`;
  if (own.name === 'status' && table.name === 'order_lines') {
    const lower = layers.add(LAYER.row, `lower(${value})`);
    const status = `coalesce(${lower}, 'paid')`;
    final = hasReturns ? `case when is_return then 'refunded' else ${status} end` : status;
    verdict.finding({ rule: 'unknown-status', when: `(${lower} not in ('paid', 'cancelled', 'refunded'))` }, own, from);
  }
  if (own.name === 'currency')
    verdict.finding(
      { rule: 'other-currency', when: `(upper(${value}) <> ${literal(context.shop.currency)})` },
      own,
      from,
    );
  if (own.name === 'quantity' && table.name === 'order_lines') final = quantity(final, verdict, own, from);
  layers.name(LAYER.final, `f_${own.name}`, final);
  if (own.required && own.name !== 'status' && own.name !== 'currency') {
    const rule: RuleKey = table.key.includes(own.name) || own.kind === 'id' ? 'missing-key' : 'missing-value';
    verdict.fault(`f_${own.name} is null`, context.ledger.reason(rule, own.name, from));
  }
}

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
    rule === 'negative-quantity'
      ? 'c_quantity < 0'
      : `starts_with(${rawText(scope, rule.column)}, ${literal(rule.prefix)})`,
  );
  if (specs.has('status')) parts.push(`lower(c_status) = 'refunded'`);
  return `coalesce(${parts.join(' or ')}, false)`;
}
