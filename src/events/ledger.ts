/** The reasons and mends of one table under one import: numbers for the engine, words for people. */
import { RULES, type RuleKey } from './rules.ts';

export interface Reason {
  /** A key of RULES, or one that the mapping gave to rows it leaves out. */
  readonly key: string;
  /** Canonical column; empty where the whole row is meant. */
  readonly column: string;
  /** Source columns. */
  readonly from: readonly string[];
  readonly en: string;
  readonly zh: string;
  readonly isFault: boolean;
}

export interface Mend {
  readonly key: RuleKey;
  readonly column: string;
  readonly from: readonly string[];
}

const BITS = 62;

export class Ledger {
  readonly reasons: Reason[] = [];
  readonly mends: Mend[] = [];

  /** Code (from 1) of a rule's reason for one column. */
  reason(key: RuleKey, column: string, from: readonly string[]): number {
    const { en, zh, isFault } = RULES[key];
    return this.own({ key, column, from, en, zh, isFault });
  }

  own(reason: Reason): number {
    const index = this.reasons.findIndex(
      (known) => known.key === reason.key && known.column === reason.column && known.from.join() === reason.from.join(),
    );
    return index >= 0 ? index + 1 : this.reasons.push(reason);
  }

  /** Bit (from 0) of a mend of one column. */
  mend(key: RuleKey, column: string, from: readonly string[]): number {
    const index = this.mends.findIndex((known) => known.key === key && known.column === column);
    if (index >= 0) return index;
    if (this.mends.length === BITS) throw new RangeError(`more than ${BITS} kinds of repair in one table`);
    return this.mends.push({ key, column, from }) - 1;
  }
}
