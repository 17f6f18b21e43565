/** What an import found in one table, in the shape of the report. */
import { type Compute, quoted } from '#engines/index.ts';
import type { OutlierReport } from './outliers.ts';
import { countMends } from './quarantine.ts';
import type { ImportReport, RejectReport, RuleReport, SourceReport } from './report.ts';
import { RULES } from './rules.ts';
import type { Spec } from './spec.ts';
import type { TableStage } from './table-stage.ts';

export async function rejectsOf(stage: TableStage, aside: string, compute: Compute): Promise<RejectReport[]> {
  const rows = await compute.rows<{
    reason: string;
    column: string;
    n: number;
    file: string;
    row: number;
    value: string | null;
    raw: string;
  }>(
    `select reason, "column", count(*) over (partition by reason, "column") as n, file, "row", value, raw from ${aside}
     qualify row_number() over (partition by reason, "column" order by file, "row", source) <= 10
     order by n desc, reason, "column", file, "row"`,
  );
  const groups = new Map<string, RejectReport & { samples: RejectReport['samples'][number][] }>();
  for (const { reason, column, n, file, row, value, raw } of rows) {
    const key = `${reason}\n${column}`;
    const label = stage.ledger.reasons.find((own) => own.key === reason) ?? RULES[reason as keyof typeof RULES];
    const group = groups.get(key) ?? {
      table: stage.table.name,
      reason,
      column,
      count: n,
      en: label.en,
      zh: label.zh,
      samples: [],
    };
    group.samples.push({ file, row, column, value, raw });
    groups.set(key, group);
  }
  return [...groups.values()];
}

export async function rulesOf(
  stage: TableStage,
  rejects: readonly RejectReport[],
  outliers: readonly OutlierReport[],
  compute: Compute,
): Promise<RuleReport[]> {
  const aside = rejects.map(
    ({ reason, column, count: n, en, zh, samples }): RuleReport => ({
      ...{ key: reason, column, action: 'quarantine', count: n, en, zh },
      examples: samples.slice(0, 3).map(({ file, row, value }) => ({ file, row, column, value })),
    }),
  );
  const mends = (await countMends(stage, compute)).map(({ key, column, count: n, examples }): RuleReport => {
    const { en, zh, actions } = RULES[key as keyof typeof RULES];
    const action = key.startsWith('outlier') ? 'cap' : actions[0] === 'repair' ? 'repair' : 'empty';
    return { key, column, action, count: n, en, zh, examples };
  });
  const flags = outliers
    .filter((outlier) => outlier.action === 'keep' && outlier.count > 0)
    .map(({ rule, column, count: n, examples }): RuleReport => {
      const { en, zh } = RULES[rule];
      const shown = examples.map(({ file, row, value }) => ({ file, row, column, value: String(value) }));
      return { key: rule, column, action: 'keep', count: n, en, zh, examples: shown };
    });
  return [...aside, ...mends, ...flags];
}

export function sourcesOf(stage: TableStage): SourceReport[] {
  return stage.parts.flatMap((part) =>
    part.files.map(
      (file, i): SourceReport => ({
        ...{ file: file.name, format: file.format },
        ...(file.encoding === undefined ? {} : { encoding: file.encoding, evidence: file.evidence ?? '' }),
        rows: part.files.length === 1 ? part.fileRows + part.rejects.length : (part.rowsByFile[i] ?? 0),
        mapping: Object.fromEntries([...part.specs].map(([column, spec]) => [column, specText(spec)])),
        unused: part.unused,
      }),
    ),
  );
}

const specText = (spec: Spec): string => (typeof spec === 'string' ? spec : JSON.stringify(spec).replaceAll('"', ''));

export async function missingOf(stage: TableStage, compute: Compute): Promise<Record<string, number>> {
  const columns = stage.table.columns.filter(({ name }) => stage.columns.has(name)).map(({ name }) => name);
  if (columns.length === 0) return {};
  const [row] = await compute.rows<Record<string, number>>(
    `select ${columns.map((name) => `count(*) - count(${quoted(name)}) as ${quoted(name)}`).join(', ')} from ${stage.name} where _tw_bad is null`,
  );
  return row!;
}

export const guestsOf = async (stage: TableStage, compute: Compute): Promise<number> =>
  count(
    compute,
    `from ${stage.name} where _tw_bad is null ${stage.columns.has('customer_id') ? 'and customer_id is null' : ''}`,
  );

export async function spanOf(stage: TableStage, compute: Compute): Promise<ImportReport['span']> {
  const column =
    stage.table.name === 'order_lines' ? 'ordered_at' : stage.table.name === 'events' ? 'occurred_at' : undefined;
  if (column === undefined) return { from: null, to: null };
  const [row] = await compute.rows<{ from: number | null; to: number | null }>(
    `select min(${column}) as "from", max(${column}) as "to" from ${stage.name} where _tw_bad is null`,
  );
  return row!;
}

export const count = async (compute: Compute, sql: string): Promise<number> =>
  (await compute.rows<{ n: number }>(`select count(*) as n ${sql.startsWith('from ') ? sql : `from (${sql})`}`))[0]!.n;
