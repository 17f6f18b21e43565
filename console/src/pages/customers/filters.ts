/** The customers list's state, kept in the address: filters, order and page, so that every view can be linked to. */
import { go, href, type Query, type Route } from '../../router.ts';

export const FILTERS = [
  'search',
  'tier',
  'state',
  'segment',
  'tag',
  'r',
  'f',
  'm',
  'from',
  'to',
  'hasOrders',
  'movedFrom',
  'movedTo',
  'moveFrom',
  'moveTo',
  'stateFrom',
  'slipped',
  'inSegment',
] as const;

export type Filter = (typeof FILTERS)[number];
export type Filters = Readonly<Partial<Record<Filter, string>>>;

export const PAGE_SIZES = [20, 50, 100] as const;
export const SORTS = ['value', 'spend', 'orders', 'last_order', 'p_alive', 'customer_id'] as const;

export interface ListState {
  readonly filters: Filters;
  readonly sort: string;
  readonly dir: 'asc' | 'desc';
  /** From 1. */
  readonly page: number;
  readonly size: number;
}

function whole(text: string | null, otherwise: number): number {
  const read = Number(text);
  return text !== null && Number.isInteger(read) && read > 0 ? read : otherwise;
}

/** Unknown parts of the query are left out: the server refuses them. */
export function readState({ query }: Route): ListState {
  const filters: Partial<Record<Filter, string>> = {};
  for (const name of FILTERS) {
    const value = query.get(name);
    if (value !== null && value !== '') filters[name] = value;
  }
  const sort = query.get('sort') ?? '';
  return {
    filters,
    sort: SORTS.some((each) => each === sort) ? sort : 'value',
    dir: query.get('dir') === 'asc' ? 'asc' : 'desc',
    page: whole(query.get('page'), 1),
    size: Math.min(200, whole(query.get('size'), PAGE_SIZES[0])),
  };
}

/** What the server is asked for, page apart; the same goes to the CSV file. */
export const listQuery = ({ filters, sort, dir }: ListState): Query => ({ ...filters, sort, dir });

const inAddress = ({ filters, sort, dir, page, size }: ListState): Query => ({
  ...filters,
  sort: sort === 'value' ? undefined : sort,
  dir: dir === 'desc' ? undefined : dir,
  page: page === 1 ? undefined : page,
  size: size === PAGE_SIZES[0] ? undefined : size,
});

/** Shows another view of the list, without a step in the history. */
export const show = (state: ListState): void => go(href('/customers', inAddress(state)), { replace: true });

/** The state with some filters set or, where empty, removed; back to the first page. */
export function withFilters(
  state: ListState,
  changes: Readonly<Partial<Record<Filter, string | undefined>>>,
): ListState {
  const filters: Partial<Record<Filter, string>> = { ...state.filters };
  for (const [name, value] of Object.entries(changes) as [Filter, string | undefined][]) {
    if (value === undefined || value === '') delete filters[name];
    else filters[name] = value;
  }
  return { ...state, filters, page: 1 };
}

/** The address of a view without its page, as a saved view keeps it. */
export const viewQuery = (state: ListState): Query => inAddress({ ...state, page: 1 });
