/** An audience: who a condition holds at one moment, kept with what it was made from. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Compute, writeParquet } from '#engines/index.ts';
import { known } from '#errors.ts';
import { type TextColumn, textColumn } from '#table/index.ts';
import { type Condition, leavesOf } from './condition.ts';
import type { Ground } from './library.ts';
import { membersSql } from './members.ts';

export interface FrozenAudience {
  readonly asOf: number;
  readonly customers: number;
  /** Each once, in order. */
  readonly ids: TextColumn;
  /** SHA-256 of condition (that of every segment that it names with it), lists, moment and zone. */
  readonly hash: string;
  /** What was asked, with every segment replaced by what it meant. */
  readonly condition: Condition;
}

/**
 * The people whom a condition or a saved segment holds as of `ground.asOf`. Equal definitions over equal tables give the
 * same people in the same order, and the same hash.
 *
 * @param of a condition that was checked, or the id of a saved segment
 * @param into a Parquet file with the column customer_id to write as well
 * @throws the errors of conditionSql
 */
export async function freeze(
  compute: Compute,
  of: Condition | string,
  ground: Ground,
  into?: string,
): Promise<FrozenAudience> {
  const condition = told(typeof of === 'string' ? { segment: of } : of, ground, []);
  const { sql, params } = membersSql(condition, ground);
  const ids = textColumn(await compute.table(`${sql} order by 1`, params), 'customer_id');
  if (into !== undefined) {
    const name = `segments_tmp_${createHash('md5').update(into).digest('hex')}`;
    try {
      await compute.load(name, { length: ids.codes.length, columns: { customer_id: ids } });
      await writeParquet(compute, `from ${name} order by 1`, into);
    } finally {
      await compute.run(`drop table if exists ${name}`);
    }
  }
  return { asOf: ground.asOf, customers: ids.codes.length, ids, hash: definitionHash(condition, ground), condition };
}

/** @throws SEGMENT_UNKNOWN, SEGMENT_CYCLE */
function told(part: Condition, ground: Ground, path: readonly string[]): Condition {
  const inner = (each: Condition) => told(each, ground, path);
  if ('all' in part) return { all: part.all.map(inner) };
  if ('any' in part) return { any: part.any.map(inner) };
  if ('not' in part) return { not: inner(part.not) };
  // A draw of a segment is its own, whatever the campaign's field random reads.
  if ('field' in part && part.field === 'random' && path.length > 0) return part;
  if (!('segment' in part)) return part;
  const meaning = ground.library.segment(part.segment);
  if (meaning === undefined) throw known('SEGMENT_UNKNOWN', { id: part.segment });
  if (path.includes(part.segment)) throw known('SEGMENT_CYCLE', { path: [...path, part.segment] });
  return 'file' in meaning ? part : told(meaning.condition, ground, [...path, part.segment]);
}

function definitionHash(condition: Condition, { asOf, timeZone, library }: Ground): string {
  const hash = createHash('sha256').update(JSON.stringify([condition, asOf, timeZone]));
  for (const leaf of leavesOf(condition)) {
    const meaning = 'segment' in leaf ? library.segment(leaf.segment) : undefined;
    const file =
      'list' in leaf ? library.list(leaf.list) : meaning !== undefined && 'file' in meaning ? meaning.file : undefined;
    if (file !== undefined) hash.update(readFileSync(file));
  }
  return hash.digest('hex');
}
