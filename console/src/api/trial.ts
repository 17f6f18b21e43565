/** Asking the server what something would come to, again whenever the reader pauses; nothing is written there. */
import { useEffect, useState } from 'react';
import { ApiError, postJson } from './client.ts';

const WAIT_MS = 400;

export interface Trial<T> {
  /** The last answer; it stays while the next one is on its way. */
  readonly data?: T;
  readonly error?: ApiError;
  readonly loading: boolean;
  retry(): void;
}

/** The answer of POST `path` to `body`; null asks nothing and leaves the last answer. */
export function useTrial<T>(path: string, body: unknown): Trial<T> {
  const [answer, setAnswer] = useState<Omit<Trial<T>, 'retry'>>({ loading: body !== null });
  const [round, setRound] = useState(0);
  const text = body === null ? null : JSON.stringify(body);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round asks the same again
  useEffect(() => {
    if (text === null) {
      setAnswer(({ data }) => (data === undefined ? { loading: false } : { data, loading: false }));
      return;
    }
    const abort = new AbortController();
    setAnswer((before) => ({ ...before, loading: true }));
    const timer = setTimeout(() => {
      postJson<T>(path, JSON.parse(text), abort.signal)
        .then((data) => setAnswer({ data, loading: false }))
        .catch((cause: unknown) => {
          if (abort.signal.aborted) return;
          const error =
            cause instanceof ApiError
              ? cause
              : new ApiError({ code: 'UNEXPECTED', message: String(cause), fix: '', status: 0 });
          setAnswer({ error, loading: false });
        });
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [path, text, round]);
  return { ...answer, retry: () => setRound((count) => count + 1) };
}
