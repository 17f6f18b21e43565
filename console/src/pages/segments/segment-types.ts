/** The HTTP contract of segments as the pages read it. */
import type { Both } from '../../i18n/index.tsx';
import type { Json } from '../../parts/condition/tree.ts';

export interface SegmentRow {
  readonly id: string;
  readonly name: string;
  readonly about: string;
  readonly condition: Json;
  readonly words: Both;
  readonly schedule: 'each run' | 'once';
  readonly createdAt: number;
  readonly createdBy: string;
  readonly version: number;
  readonly changedAt: number;
  readonly changedBy: string;
  readonly customers: number | null;
  readonly problem: Both | null;
  readonly change: number | null;
  readonly runs: readonly { readonly asOf: number; readonly customers: number }[];
  readonly usedBy: readonly string[];
}

export interface SegmentOne extends SegmentRow {
  readonly versions: readonly {
    readonly version: number;
    readonly changedAt: number;
    readonly changedBy: string;
    readonly name: string;
    readonly words: Both;
  }[];
}

export interface SegmentPreview {
  readonly words: Both;
  readonly customers: number;
  readonly share: number;
  readonly valueMinor: number;
  readonly byTier: readonly {
    readonly tier: string | null;
    readonly customers: number;
    readonly of: number;
    readonly valueMinor: number;
  }[];
  readonly sample: readonly {
    readonly customerId: string;
    readonly tier: string | null;
    readonly valueMinor: number | null;
    readonly why: readonly (Both & { readonly figure: Both | null })[];
  }[];
}

export interface Template {
  readonly key: string;
  readonly name: Both;
  readonly about: Both;
  readonly condition: Json;
  readonly words: Both;
  readonly customers: number;
}

export interface ListRow {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly rows: number;
  readonly duplicates: number;
  readonly ids: number;
  readonly unknown: number;
  readonly unknownSample: readonly string[];
  readonly usedBy: readonly string[];
}

export interface Overlap {
  readonly segments: readonly { readonly id: string; readonly name: string; readonly customers: number }[];
  readonly pairs: readonly {
    readonly a: string;
    readonly b: string;
    readonly both: number;
    readonly jaccard: number | null;
  }[];
  readonly exact: readonly { readonly ids: readonly string[]; readonly customers: number }[];
}
