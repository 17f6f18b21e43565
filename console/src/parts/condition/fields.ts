/** What conditions may ask, as the server lists it: GET /segments/fields. */
import { useResource } from '../../api/resource.ts';
import type { Named } from '../../api/types.ts';
import type { Both } from '../../i18n/index.tsx';

export type FieldKind = 'number' | 'text' | 'flag' | 'list';
export type Unit = 'minor' | 'share' | 'days' | 'count';

export interface FieldRow extends Both {
  readonly name: string;
  readonly group: string;
  readonly kind: FieldKind;
  readonly unit: Unit | null;
  readonly ops: readonly string[];
  readonly values: readonly Named[] | null;
}

export interface EventRow extends Both {
  readonly name: string;
  readonly properties: readonly string[];
  readonly measures: readonly string[];
  readonly rows: number;
}

export interface PropertyRow extends Both {
  readonly name: string;
  readonly kind: 'text' | 'path' | 'number';
  readonly unit: 'minor' | 'count' | null;
  readonly ops: readonly string[];
  readonly values: readonly Named[] | null;
}

export interface Fields {
  readonly ops: readonly (Both & { readonly op: string })[];
  readonly groups: readonly Named[];
  readonly fields: readonly FieldRow[];
  readonly events: readonly EventRow[];
  readonly properties: readonly PropertyRow[];
  readonly segments: readonly { readonly id: string; readonly name: string }[];
  readonly lists: readonly { readonly id: string; readonly name: string; readonly ids: number }[];
  readonly upliftOffers: readonly Named[];
}

export const useFields = () => useResource<Fields>('/segments/fields');
