/** Feedback as the gorse API shows and takes it. */
import type { Sqlite } from '#engines/index.ts';
import { isoOf } from './catalogue.ts';
import type { FeedbackRow } from './feedback-store.ts';

export interface GorseFeedback {
  readonly FeedbackType: string;
  readonly UserId: string;
  readonly ItemId: string;
  readonly Value: number;
  readonly Timestamp: string;
  readonly Updated: string;
  readonly Labels: null;
  readonly Comment: string;
}

export interface Given {
  readonly FeedbackType: string;
  readonly UserId: string;
  readonly ItemId: string;
  readonly Value?: number | null | undefined;
  /** Epoch ms; not said: now. */
  readonly Timestamp?: number | null | undefined;
  readonly Comment?: string | null | undefined;
}

/** Conditions that all must hold; those left out do not count. */
export interface Which {
  readonly type?: string | undefined;
  readonly user?: string | undefined;
  readonly item?: string | undefined;
}

export interface FeedbackTable {
  /** @param overwrite what is there already: replaced, or kept */
  put(all: readonly Given[], overwrite: boolean): number;
  /** Up to now, by user, item and type. */
  list(which: Which): GorseFeedback[];
  page(which: Which, n: number, cursor: string): { rows: GorseFeedback[]; cursor: string };
  remove(which: Which): number;
}

const shownOf = ({ type, user, item, value, at, updated, comment }: FeedbackRow): GorseFeedback => ({
  ...{ FeedbackType: type, UserId: user, ItemId: item, Value: value },
  ...{ Timestamp: isoOf(at), Updated: isoOf(updated), Labels: null, Comment: comment },
});

export function feedbackTable(store: Sqlite, now: () => number): FeedbackTable {
  const where = (which: Which) => {
    const given = Object.entries(which).filter(([, value]) => value !== undefined) as [string, string][];
    return { sql: given.map(([name]) => `${name} = ? and `).join(''), values: given.map(([, value]) => value) };
  };
  return {
    put(all, overwrite) {
      const at = now();
      const conflict = overwrite
        ? 'do update set value = excluded.value, at = excluded.at, updated = excluded.updated, comment = excluded.comment'
        : 'do nothing';
      store.write(
        `insert into feedback (user, item, type, value, at, updated, comment) values (?, ?, ?, ?, ?, ?, ?) on conflict ${conflict}`,
        all.map((one) => [
          ...[one.UserId, one.ItemId, one.FeedbackType, one.Value ?? 0, one.Timestamp ?? at, at, one.Comment ?? ''],
        ]),
      );
      return all.length;
    },
    list(which) {
      const { sql, values } = where(which);
      const rows = `select * from feedback where ${sql} at <= ? order by user, item, type`;
      return store.rows<FeedbackRow>(rows, ...values, now()).map(shownOf);
    },
    page(which, n, cursor) {
      const { sql, values } = where(which);
      const after = keyIn(cursor);
      const rows = store.rows<FeedbackRow>(
        `select * from feedback where ${sql} at <= ? and (user, item, type) > (?, ?, ?) order by user, item, type limit ?`,
        ...[...values, now(), ...after, n + 1],
      );
      const last = rows[n - 1];
      const isMore = rows.length > n && last !== undefined;
      const key = isMore ? Buffer.from(JSON.stringify([last.user, last.item, last.type])).toString('base64url') : '';
      return { rows: rows.slice(0, n).map(shownOf), cursor: key };
    },
    remove(which) {
      const { sql, values } = where(which);
      return store.write(`delete from feedback where ${sql} true`, [values]);
    },
  };
}

/** The key that a cursor holds; one that is broken begins anew. */
function keyIn(cursor: string): [string, string, string] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(key) && key.length === 3 && key.every((part) => typeof part === 'string'))
      return key as [string, string, string];
  } catch {
    // An empty or foreign cursor: from the beginning.
  }
  return ['', '', ''];
}
