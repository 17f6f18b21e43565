/** `--predictions`: one row a row of the test file, with its id and label as they are there. */
import { type Compute, quoted } from '#engines/index.ts';
import { decidedClasses, type Fitted } from '#learners/index.ts';
import { type Column, numbers, type Table, table, texts } from '#table/index.ts';
import { writeResult } from '../write.ts';
import { has, type Roles, type TableFile } from './table-files.ts';

/** `predicted`, and `chance_CLASS` of each class where the model tells classes apart. */
export function predictionColumns(model: Fitted, predicted: Float64Array, hasNumberLabel: boolean): Table {
  const width = model.classes.length;
  if (width === 0) return table({ predicted: { kind: 'number', values: predicted } });
  const best = decidedClasses(model, predicted);
  const names = Array.from(best, (k) => model.classes[k]!);
  const columns: Record<string, Column> = { predicted: hasNumberLabel ? numbers(names.map(Number)) : texts(names) };
  for (const [k, name] of model.classes.entries())
    columns[`chance_${name}`] = {
      kind: 'number',
      values: Float64Array.from(best, (_, i) => predicted[i * width + k]!),
    };
  return table(columns);
}

interface Written {
  readonly test: TableFile;
  readonly roles: Partial<Roles>;
  readonly model: Fitted;
  readonly made: Table;
  readonly file: string;
}

/** Writes them in the order of the test file, behind its id and label where it has them. */
export async function writePredictions(compute: Compute, { test, roles, model, made, file }: Written): Promise<void> {
  const kept = [roles.id, roles.label].filter((name) => name !== undefined && has(test.columns, name)) as string[];
  await compute.load('cli_tmp_predictions', made);
  const areClasses = (name: string, { kind }: Column): boolean =>
    name === 'predicted' && kind === 'number' && model.classes.length > 0 && model.classes.every(isWhole);
  const taken = new Set(kept.map((name) => name.toLowerCase()));
  const own = Object.entries(made.columns).map(
    ([name, column]) =>
      `p.${quoted(name)}${areClasses(name, column) ? '::bigint' : ''} as ${quoted(freeName(name, taken))}`,
  );
  const list = [...kept.map((name) => `t.${quoted(name)}`), ...own].join(', ');
  const from =
    kept.length === 0
      ? 'cli_tmp_predictions p'
      : `(select ${kept.map(quoted).join(', ')} from ${test.relation}) t positional join cli_tmp_predictions p`;
  await writeResult(compute, `select ${list} from ${from}`, file);
  await compute.run('drop table cli_tmp_predictions');
}

function freeName(name: string, taken: Set<string>): string {
  let free = name;
  while (taken.has(free.toLowerCase())) free = `${free}_`;
  taken.add(free.toLowerCase());
  return free;
}

const isWhole = (name: string): boolean => Number.isSafeInteger(Number(name));
