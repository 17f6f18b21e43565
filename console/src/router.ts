/** Where the reader is: a path and a query kept in the hash, so that the console works from any folder of any server. */
import { useSyncExternalStore } from 'react';

export interface Route {
  readonly path: string;
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

const listeners = new Set<() => void>();
let last = '';
let route: Route = parse('');

function parse(hash: string): Route {
  const [rawPath = '', rawQuery = ''] = hash.replace(/^#/, '').split('?', 2);
  const segments = rawPath.split('/').filter(Boolean).map(decode);
  return { path: `/${segments.join('/')}`, segments, query: new URLSearchParams(rawQuery) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function current(): Route {
  if (window.location.hash !== last) {
    last = window.location.hash;
    route = parse(last);
  }
  return route;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('hashchange', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('hashchange', listener);
  };
}

/** The present route; the component is drawn again when it changes. */
export const useRoute = (): Route => useSyncExternalStore(subscribe, current);

/** Query text without empty values, with the leading question mark; '' when nothing is left. */
export function queryText(query: Query): string {
  const text = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '' && value !== false) text.set(key, String(value));
  }
  const written = text.toString();
  return written === '' ? '' : `?${written}`;
}

/** An address inside the console for an <a href>; `path` may also be a link as the API writes it ('/quality', '#/quality'). */
export const href = (path: string, query: Query = {}): string => `#${path.replace(/^#/, '')}${queryText(query)}`;

/** Path of one customer, product, campaign, segment, offer or coupon pool. */
export const pathOf = (
  kind: 'customers' | 'products' | 'campaigns' | 'segments' | 'offers' | 'pools',
  id: string,
): string => `/${kind}/${encodeURIComponent(id)}`;

/** Goes to an address; `replace` leaves no step in the history. */
export function go(to: string, { replace = false } = {}): void {
  if (!replace) {
    window.location.hash = to;
    return;
  }
  window.history.replaceState(null, '', to.startsWith('#') ? to : `#${to}`);
  for (const listener of listeners) listener();
}
