/** What an import found and did, as plain JSON. */
import type { OutlierReport } from './outliers.ts';
import type { Example } from './quarantine.ts';
import type { RuleAction } from './rules.ts';

export interface RowCounts {
  readonly read: number;
  readonly kept: number;
  readonly repaired: number;
  readonly quarantined: number;
}

export interface RuleReport {
  readonly key: string;
  readonly column: string;
  readonly action: RuleAction;
  readonly count: number;
  readonly en: string;
  readonly zh: string;
  readonly examples: readonly Example[];
}

export interface SourceReport {
  readonly file: string;
  readonly format: string;
  readonly encoding?: string;
  /** What the encoding was told by. */
  readonly evidence?: string;
  /** Rows in the file; of a `distinct` source more than were read. */
  readonly rows: number;
  /** Canonical column -> what it is made of. */
  readonly mapping: Readonly<Record<string, string>>;
  /** Columns of the file that nothing reads. */
  readonly unused: readonly string[];
}

export interface TableReport extends RowCounts {
  readonly name: string;
  /** Rows in the canonical table: kept, repaired and derived. */
  readonly rows: number;
  readonly rules: readonly RuleReport[];
  readonly sources: readonly SourceReport[];
  /** Empty cells by canonical column, of the columns that have a source. */
  readonly missing: Readonly<Record<string, number>>;
}

export interface RejectReport {
  readonly table: string;
  readonly reason: string;
  readonly column: string;
  readonly count: number;
  readonly en: string;
  readonly zh: string;
  /** Up to ten rows. */
  readonly samples: readonly (Example & { readonly raw: string })[];
}

export interface ImportReport {
  readonly shop: { readonly name: string; readonly currency: string; readonly timeZone: string };
  readonly mapping: string;
  readonly dryRun: boolean;
  readonly rows: RowCounts;
  readonly tables: readonly TableReport[];
  /** Rows that no source row stands for. */
  readonly derived: { readonly products: number; readonly refundLines: number };
  readonly outliers: readonly OutlierReport[];
  /** Order lines without a customer, kept. */
  readonly guests: number;
  readonly returns: { readonly matched: number; readonly unmatched: number };
  readonly rejects: readonly RejectReport[];
  /** First and last moment of orders and events, epoch ms. */
  readonly span: { readonly from: number | null; readonly to: number | null };
  readonly seconds: number;
  readonly rowsPerSecond: number;
}
