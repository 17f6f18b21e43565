/** One short text that says whether two tables of features are equal, whatever made them and in whatever order. */
import { createHash } from 'node:crypto';
import type { Compute } from '#engines/index.ts';
import { quoted } from '#engines/index.ts';
import { type Table, textAt } from '#table/index.ts';

export interface Checksum {
  readonly features: number;
  readonly entities: number;
  /** 16 hexadecimal digits. */
  readonly checksum: string;
}

const SCALE = 1_000_000;

/**
 * Of a table whose first column is the id: every value, in millionths, times a number drawn from the id by MD5, added
 * up exactly by column. It depends on names and values, not on the order of rows or columns.
 */
export async function checksum(compute: Compute, table: string): Promise<Checksum> {
  const described = await compute.rows<{ column_name: string; column_type: string }>(`describe ${quoted(table)}`);
  const [id, ...others] = described;
  const weight = `cast(cast('0x' || left(md5(${quoted(id!.column_name)}), 8) as bigint) as hugeint)`;
  const columns = others.filter(({ column_type }) => ['BIGINT', 'INTEGER', 'DOUBLE'].includes(column_type));
  const sums = columns.flatMap(({ column_name, column_type }, i) => {
    const own = quoted(column_name);
    const exact = `cast(${own} as hugeint) * ${SCALE}`;
    const value =
      column_type === 'DOUBLE'
        ? `case when ${own} = floor(${own}) then ${exact} else cast(round(${own} * ${SCALE}) as hugeint) end`
        : exact;
    return [
      `cast(coalesce(sum(weight * (${value})), 0) as varchar) as v${i}`,
      `cast(coalesce(sum(weight) filter (where ${own} is null), 0) as varchar) as m${i}`,
    ];
  });
  const [row] = await compute.rows(
    `select cast(count(*) as bigint) as entities${sums.map((sql) => `, ${sql}`).join('')}
     from (select *, ${weight} as weight from ${quoted(table)})`,
  );
  const parts = columns.map(({ column_name }, i) =>
    [column_name, String(row![`v${i}`]), String(row![`m${i}`])].join(' '),
  );
  return { features: columns.length, entities: Number(row!.entities), checksum: digest(parts) };
}

/** The same of a table in memory, as `evaluate` returns it. */
export function checksumOf(data: Table): Checksum {
  const [[, ids], ...others] = Object.entries(data.columns) as [
    [string, Table['columns'][string]],
    ...[string, Table['columns'][string]][],
  ];
  if (ids.kind !== 'text') throw new TypeError('the first column must be the id');
  const weights = Array.from({ length: data.length }, (_, i) =>
    BigInt(
      `0x${createHash('md5')
        .update(textAt(ids, i) ?? '')
        .digest('hex')
        .slice(0, 8)}`,
    ),
  );
  const parts: string[] = [];
  for (const [name, column] of others) {
    if (column.kind !== 'number') continue;
    let [total, missing] = [0n, 0n];
    for (let i = 0; i < data.length; i++) {
      if (column.valid !== undefined && column.valid[i] === 0) missing += weights[i]!;
      else total += weights[i]! * millionths(column.values[i]!);
    }
    parts.push(`${name} ${total} ${missing}`);
  }
  return { features: parts.length, entities: data.length, checksum: digest(parts) };
}

function millionths(value: number): bigint {
  if (Number.isInteger(value)) return BigInt(value) * BigInt(SCALE);
  const size = BigInt(Math.round(Math.abs(value) * SCALE));
  return value < 0 ? -size : size;
}

const digest = (parts: readonly string[]): string =>
  createHash('sha256')
    .update([...parts].sort().join('\n'))
    .digest('hex')
    .slice(0, 16);
