/** Saved segments in a run: who is in each, and how many there were in the runs before. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Compute, literal, writeParquet } from '#engines/index.ts';
import { KnownError } from '#errors.ts';
import { libraryOf } from './folder.ts';
import { membersSql } from './members.ts';
import { membersFile, readSegments } from './saved.ts';
import type { Moment } from './window.ts';

export interface CountedSegment {
  readonly id: string;
  readonly version: number;
  /** Null: it could not be asked, and why. */
  readonly customers: number | null;
  readonly error?: string;
}

const HISTORY = 'segments_tmp_history';

/**
 * Makes `segment_members` (segment_id, customer_id) and `segment_history` (as_of, segment_id, version, customers), the
 * latter with what the runs before counted. A segment that cannot be read or asked, say since a list of it is gone, is
 * left out and told of: it does not stop the run.
 *
 * @param dir the workspace, whose segments/ is read; those of schedule `once` that have not kept their people keep them now
 * @param before Parquet file of the last run's segment_history
 */
export async function countSegments(
  compute: Compute,
  { dir, before, ...moment }: Moment & { readonly dir: string; readonly before?: string },
): Promise<CountedSegment[]> {
  const { asOf } = moment;
  await compute.run('create or replace table segment_members (segment_id varchar, customer_id varchar)');
  await compute.run(
    `create or replace table ${HISTORY} (as_of bigint, segment_id varchar, version integer, customers bigint)`,
  );
  if (before !== undefined && existsSync(before))
    await compute.run(
      `insert into ${HISTORY} by name select as_of, segment_id, version, customers from read_parquet(${literal(before)}) where as_of <> $asOf`,
      { asOf },
    );
  const counted: CountedSegment[] = [];
  const broken = (id: string, { message: error }: KnownError) =>
    counted.push({ id, version: 0, customers: null, error });
  for (const segment of readSegments(dir, broken)) {
    const { id, version } = segment;
    try {
      const { sql, params } = membersSql({ segment: id }, { ...moment, library: libraryOf(dir) });
      await compute.run(`insert into segment_members select $segment, customer_id from (${sql}) order by 2`, {
        ...params,
        segment: id,
      });
      const [row] = await compute.rows<{ n: number }>(
        'select count(*) as n from segment_members where segment_id = $id',
        { id },
      );
      const customers = row?.n ?? 0;
      await compute.run(`insert into ${HISTORY} values ($asOf, $id, $version, $customers)`, {
        asOf,
        id,
        version,
        customers,
      });
      const file = membersFile(dir, segment);
      if (segment.schedule === 'once' && !existsSync(file)) {
        mkdirSync(dirname(file), { recursive: true });
        await writeParquet(
          compute,
          `select customer_id from segment_members where segment_id = ${literal(id)} order by 1`,
          file,
        );
      }
      counted.push({ id, version, customers });
    } catch (error) {
      if (!(error instanceof KnownError) || error.status >= 500) throw error;
      counted.push({ id, version, customers: null, error: error.message });
    }
  }
  await compute.run(`create or replace table segment_history as from ${HISTORY} order by as_of, segment_id`);
  await compute.run(`drop table ${HISTORY}`);
  return counted;
}
