/** Who acts: there is no log-in yet, so the name is asked for once and kept in this browser. */
import { useCallback, useState } from 'react';

const STORED = 'tierwise.actor';

export interface Actor {
  /** Empty until it was given. */
  readonly actor: string;
  setActor(name: string): void;
}

export function useActor(): Actor {
  const [actor, set] = useState(() => localStorage.getItem(STORED) ?? '');
  const setActor = useCallback((name: string) => {
    localStorage.setItem(STORED, name);
    set(name);
  }, []);
  return { actor, setActor };
}
