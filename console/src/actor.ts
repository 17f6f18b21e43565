/** Who is at the console: a name that the reader gives once, kept in this browser. There is no log-in behind it. */
import { useSyncExternalStore } from 'react';

const STORED = 'tierwise.actor';
const NAME_MAX = 200;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}

/** The name, empty until it was given; the pages that show it are drawn again when it changes. */
export function useActor(): { readonly actor: string; setActor(name: string): void } {
  const actor = useSyncExternalStore(subscribe, () => localStorage.getItem(STORED) ?? '');
  return {
    actor,
    setActor: (name) => {
      localStorage.setItem(STORED, name.slice(0, NAME_MAX));
      for (const listener of listeners) listener();
    },
  };
}
