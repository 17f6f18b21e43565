/** Who got which arm first, and when: written once for each experiment and unit, and never changed. */
import { join } from 'node:path';
import { openSqlite, type Sqlite } from '#engines/index.ts';

export interface Exposure {
  readonly unit: string;
  readonly arm: string;
  readonly at: number;
}

export interface Exposures {
  /** The first exposure of a unit; undefined where there is none. */
  first(experiment: string, unit: string): Exposure | undefined;
  /** Records it unless there is one; answers the one that stands. */
  record(experiment: string, exposure: Exposure): Exposure;
  /** All of an experiment, by unit. */
  of(experiment: string): Exposure[];
  /** New units by arm. */
  counts(experiment: string): { arm: string; units: number; first: number; last: number }[];
  /** How many units had their first exposure up to a moment. */
  until(experiment: string, at: number): number;
  /** Work that no other process may come between. */
  alone<T>(work: () => T): T;
  readonly version: number;
  close(): void;
}

const SCHEMA = `create table if not exists exposures (
  experiment text not null, unit text not null, arm text not null, at integer not null,
  primary key (experiment, unit)) without rowid;`;

/** Opens `experiments/exposures.sqlite` of a workspace; it is made at the first exposure. */
export function openExposures(dir: string): Exposures {
  const db: Sqlite = openSqlite(join(dir, 'experiments', 'exposures.sqlite'), SCHEMA);
  const first = (experiment: string, unit: string): Exposure | undefined =>
    db.rows<Exposure>('select unit, arm, at from exposures where experiment = ? and unit = ?', experiment, unit)[0];
  return {
    first,
    record: (experiment, exposure) => {
      const { unit, arm, at } = exposure;
      // insert or nothing, in one statement: two callers at once leave one exposure
      db.write('insert into exposures (experiment, unit, arm, at) values (?, ?, ?, ?) on conflict do nothing', [
        [experiment, unit, arm, at],
      ]);
      return first(experiment, unit) ?? exposure;
    },
    of: (experiment) =>
      db.rows<Exposure>('select unit, arm, at from exposures where experiment = ? order by unit', experiment),
    counts: (experiment) =>
      db.rows(
        'select arm, count(*) as units, min(at) as first, max(at) as last from exposures where experiment = ? group by arm order by arm',
        experiment,
      ),
    until: (experiment, at) =>
      db.rows<{ n: number }>('select count(*) as n from exposures where experiment = ? and at <= ?', experiment, at)[0]
        ?.n ?? 0,
    alone: (work) => db.transaction(work),
    get version() {
      return db.version;
    },
    close: () => db.close(),
  };
}
