/** Reading an endpoint from a component: the last answer stays on screen while the next one is on its way. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, getJson } from './client.ts';

export interface Resource<T> {
  readonly data: T | undefined;
  readonly error: ApiError | undefined;
  readonly loading: boolean;
  /** Asks again, past the memory. */
  reload(): void;
}

interface State {
  readonly path: string | null;
  readonly data: unknown;
  readonly error: ApiError | undefined;
  readonly loading: boolean;
}

const MEMORY_MAX = 60;
const memory = new Map<string, unknown>();

/** Forgets every remembered answer; to be called after something was written. */
export const forgetAnswers = (): void => memory.clear();

function remember(path: string, data: unknown): void {
  memory.delete(path);
  memory.set(path, data);
  if (memory.size > MEMORY_MAX) memory.delete(memory.keys().next().value ?? '');
}

const asApiError = (cause: unknown): ApiError =>
  cause instanceof ApiError ? cause : new ApiError({ code: 'UNEXPECTED', message: String(cause), fix: '', status: 0 });

/** The answer of GET `path`; null asks nothing. A remembered answer shows at once and is asked for again behind it. */
export function useResource<T>(path: string | null): Resource<T> {
  const [state, setState] = useState<State>(() => begin(path));
  const [round, setRound] = useState(0);
  const shown = useRef(round);

  useEffect(() => {
    if (path === null) return;
    const abort = new AbortController();
    const forced = shown.current !== round;
    shown.current = round;
    const known = forced ? undefined : memory.get(path);
    setState((before) => ({ path, data: known ?? before.data, error: undefined, loading: true }));
    getJson<T>(path, abort.signal)
      .then((data) => {
        remember(path, data);
        setState({ path, data, error: undefined, loading: false });
      })
      .catch((cause: unknown) => {
        if (abort.signal.aborted) return;
        setState({ path, data: undefined, error: asApiError(cause), loading: false });
      });
    return () => abort.abort();
  }, [path, round]);

  const reload = useCallback(() => setRound((count) => count + 1), []);
  const waiting = path !== null && state.path !== path;
  return {
    data: state.data as T | undefined,
    error: waiting ? undefined : state.error,
    loading: waiting || state.loading,
    reload,
  };
}

function begin(path: string | null): State {
  const data = path === null ? undefined : memory.get(path);
  return { path, data, error: undefined, loading: path !== null };
}
