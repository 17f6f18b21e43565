/** Computes the feature definitions over a workspace's lake, as of a moment. */

import type { Compute } from '#engines/index.ts';
import { known } from '#errors.ts';
import { openLake, TABLES } from '#events/index.ts';
import { type Checksum, checksum, evaluate } from '#features/index.ts';
import { readFacts, shopFeatures } from '#loop/index.ts';
import type { Table } from '#table/index.ts';
import type { Command } from '../command.ts';
import { filledWorkspace, momentOf, readingRun, text, withCompute } from '../values.ts';
import { formatOf, writeResult } from '../write.ts';

const ENGINES = ['duckdb', 'memory'];

export const features: Command = {
  name: 'features',
  about: 'compute the feature definitions as of a moment',
  options: {
    workspace: { type: 'text', value: 'DIR', about: 'a workspace that `run` has filled', required: true },
    engine: { type: 'text', value: 'NAME', about: 'duckdb, or memory: the slow reference (default duckdb)' },
    'as-of': {
      type: 'text',
      value: 'DATE',
      about: "end of this day in the shop's zone, or this moment (default: as the last run)",
    },
    out: { type: 'text', value: 'FILE', about: 'write the table (.parquet, .csv, .jsonl)' },
  },
  run: (values, _words, context) => {
    const engine = String(values.engine ?? 'duckdb');
    if (!ENGINES.includes(engine))
      throw known('USAGE', {
        what: `--engine is "${engine}"`,
        expected: `${ENGINES.join(' or ')}; others are not there yet`,
      });
    if (values.out !== undefined) formatOf(text(values, 'out'));
    const workspace = filledWorkspace(text(values, 'workspace'));
    const made = async (compute: Compute) => {
      await openLake(compute, workspace.path('lake'));
      const { shop, asOf: last, horizonDays } = readFacts(workspace.dir);
      const asOf = momentOf(values, 'as-of', shop.timeZone) ?? last;
      const { definitions, makeAt } = await shopFeatures(compute, { asOf, horizonDays, timeZone: shop.timeZone });
      const from = performance.now();
      if (engine === 'duckdb') await makeAt(asOf, 'cli_features');
      else {
        const options = { of: 'customer', asOf, timeZone: shop.timeZone } as const;
        await compute.load('cli_features', evaluate(definitions, await lakeTables(compute), options));
      }
      const seconds = Math.round(performance.now() - from) / 1000;
      const sum: Checksum = await checksum(compute, 'cli_features');
      if (values.out !== undefined) await writeResult(compute, 'from cli_features', text(values, 'out'));
      return { ...sum, seconds, engine, asOf };
    };
    return readingRun(workspace.dir, () => withCompute(values, context, made));
  },
};

async function lakeTables(compute: Compute): Promise<Record<string, Table>> {
  const tables: Record<string, Table> = {};
  for (const { name, columns } of TABLES) {
    const list = columns.map((column) =>
      column.kind === 'quantity' ? `"${column.name}"::double as "${column.name}"` : `"${column.name}"`,
    );
    tables[name] = await compute.table(`select ${list.join(', ')} from ${name}`);
  }
  return tables;
}
