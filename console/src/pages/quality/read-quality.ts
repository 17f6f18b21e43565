/** Reads the import's report: counts by table, rules with examples, sources; whatever else it holds is kept as it is. */
import { isNode, numberIn, textIn } from '../../parts/report.ts';

export interface TableCount {
  readonly table: string;
  readonly read: number;
  readonly kept: number;
  readonly repaired: number;
  readonly quarantined: number;
}

export interface RuleCount {
  readonly table: string;
  readonly rule: string;
  readonly column: string | null;
  readonly action: string | null;
  readonly count: number;
  readonly examples: readonly string[];
  readonly en: string | null;
  readonly zh: string | null;
}

export interface SourceNote {
  readonly table: string;
  readonly file: string;
  readonly rows: number | null;
  readonly format: string | null;
  readonly encoding: string | null;
  readonly note: string | null;
}

/** A range outside of which a value counts as far off, in the column's own unit. */
export interface Outliers {
  readonly table: string;
  readonly column: string;
  readonly action: string | null;
  readonly median: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly count: number;
}

export interface Missing {
  readonly table: string;
  readonly column: string;
  readonly cells: number;
  readonly rows: number;
}

export interface QualityReport {
  readonly total: TableCount;
  readonly tables: readonly TableCount[];
  readonly rules: readonly RuleCount[];
  readonly sources: readonly SourceNote[];
  readonly outliers: readonly Outliers[];
  /** Order lines without a customer, kept. */
  readonly guests: number | null;
  readonly returns: { readonly matched: number; readonly unmatched: number } | null;
  readonly missing: readonly Missing[];
  /** Parts of the report that have no place of their own on the page. */
  readonly rest: Readonly<Record<string, unknown>>;
}

type Node = Readonly<Record<string, unknown>>;

const nodes = (value: unknown): readonly Node[] => {
  if (Array.isArray(value)) return (value as unknown[]).filter(isNode);
  if (!isNode(value)) return [];
  return Object.entries(value).flatMap(([key, each]) => (isNode(each) ? [{ name: key, ...each }] : []));
};

const countOf = (node: Node): TableCount => ({
  table: textIn(node, 'table', 'name') ?? '',
  read: numberIn(node, 'read') ?? 0,
  kept: numberIn(node, 'kept') ?? 0,
  repaired: numberIn(node, 'repaired') ?? 0,
  quarantined: numberIn(node, 'quarantined') ?? 0,
});

function exampleWords(example: unknown): string {
  if (!isNode(example)) return String(example);
  const place = [textIn(example, 'source', 'file'), numberIn(example, 'row', 'source_row', 'sourceRow')];
  const value = example.value ?? example.was ?? example.text;
  const from = place.filter((each) => each !== null).join(':');
  const to = example.now ?? example.became;
  const said = value === undefined ? '' : String(value);
  return [from, to === undefined ? said : `${said} → ${String(to)}`].filter(Boolean).join('  ');
}

const ruleOf =
  (table: string) =>
  (node: Node): RuleCount => ({
    table: textIn(node, 'table') ?? table,
    rule: textIn(node, 'rule', 'key', 'reason', 'code') ?? '',
    column: textIn(node, 'column'),
    action: textIn(node, 'action'),
    count: numberIn(node, 'count', 'rows', 'cells') ?? 0,
    examples: Array.isArray(node.examples) ? (node.examples as unknown[]).map(exampleWords) : [],
    en: textIn(node, 'en'),
    zh: textIn(node, 'zh'),
  });

const sourceOf =
  (table: string) =>
  (node: Node): SourceNote => ({
    table: textIn(node, 'table') ?? table,
    file: textIn(node, 'file', 'path', 'source', 'name') ?? '',
    rows: numberIn(node, 'rows', 'read'),
    format: textIn(node, 'format'),
    encoding: textIn(node, 'encoding'),
    note: textIn(node, 'evidence', 'note'),
  });

const sum = (tables: readonly TableCount[]): TableCount =>
  tables.reduce(
    (all, each) => ({
      table: '',
      read: all.read + each.read,
      kept: all.kept + each.kept,
      repaired: all.repaired + each.repaired,
      quarantined: all.quarantined + each.quarantined,
    }),
    { table: '', read: 0, kept: 0, repaired: 0, quarantined: 0 },
  );

const outliersOf = (node: Node): Outliers => ({
  table: textIn(node, 'table') ?? '',
  column: textIn(node, 'column') ?? '',
  action: textIn(node, 'action'),
  median: numberIn(node, 'median'),
  low: numberIn(node, 'low'),
  high: numberIn(node, 'high'),
  count: numberIn(node, 'count') ?? 0,
});

function missingIn(part: Node): readonly Missing[] {
  if (!isNode(part.missing)) return [];
  const { table, kept, repaired } = countOf(part);
  return Object.entries(part.missing).flatMap(([column, cells]) =>
    typeof cells === 'number' && cells > 0 ? [{ table, column, cells, rows: kept + repaired }] : [],
  );
}

function returnsIn(value: unknown): QualityReport['returns'] {
  const matched = numberIn(value, 'matched');
  const unmatched = numberIn(value, 'unmatched');
  return matched === null || unmatched === null ? null : { matched, unmatched };
}

const PLACED = new Set(
  'tables rules sources rows totals total outliers guests returns rejects shop seconds rowsPerSecond dryRun'.split(' '),
);

/** @returns undefined where there is no report of an import */
export function readQuality(report: unknown): QualityReport | undefined {
  if (!isNode(report)) return undefined;
  const parts = nodes(report.tables);
  const tables = parts.map(countOf);
  const inTables = <T>(name: string, of: (table: string) => (node: Node) => T) =>
    parts.flatMap((part) => nodes(part[name]).map(of(textIn(part, 'table', 'name') ?? '')));
  const rules = [...nodes(report.rules).map(ruleOf('')), ...inTables('rules', ruleOf)];
  return {
    total: sum(tables),
    tables,
    rules: rules.filter((rule) => rule.count > 0).sort((a, b) => b.count - a.count),
    sources: [...nodes(report.sources).map(sourceOf('')), ...inTables('sources', sourceOf)],
    outliers: nodes(report.outliers).map(outliersOf),
    guests: numberIn(report, 'guests'),
    returns: returnsIn(report.returns),
    missing: parts.flatMap(missingIn).sort((a, b) => b.cells - a.cells),
    rest: Object.fromEntries(Object.entries(report).filter(([name]) => !PLACED.has(name))),
  };
}
