/**
 * Group commit: deeds that are asked for at the same time share one transaction, and so one wait for the disk. Each
 * stands for itself: one that fails leaves no trace, and the others stay.
 */
import { alone, type Ledger } from './ledger.ts';

export type Grouped = <T>(work: () => T) => Promise<T>;

interface Waiting {
  readonly work: () => unknown;
  readonly done: (value: never) => void;
  readonly failed: (error: unknown) => void;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Answers come once they are on the disk. */
export function grouped(ledger: Ledger): Grouped {
  let waiting: Waiting[] = [];
  const flush = (): void => {
    const all = waiting;
    waiting = [];
    let outcomes: Outcome[];
    try {
      outcomes = alone(ledger, () => all.map(({ work }) => byItself(ledger, work)));
    } catch (error) {
      for (const { failed } of all) failed(error);
      return;
    }
    for (const [i, outcome] of outcomes.entries())
      if ('error' in outcome) all[i]!.failed(outcome.error);
      else all[i]!.done(outcome.value as never);
  };
  return <T>(work: () => T) =>
    new Promise<T>((done, failed) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ work, done: done as (value: never) => void, failed });
    });
}

function byItself({ db }: Ledger, work: () => unknown): Outcome {
  db.rows('savepoint deed');
  try {
    const value = work();
    db.rows('release deed');
    return { value };
  } catch (error) {
    db.rows('rollback to deed');
    db.rows('release deed');
    return { error };
  }
}
