/** One change sent to the server at a time, with what failed. */
import { useState } from 'react';
import { ApiError, sendJson } from '../../api/client.ts';
import { forgetAnswers } from '../../api/resource.ts';

export function useSend<T>(onDone: (answer: T) => void) {
  const [sending, setSending] = useState(false);
  const [failed, setFailed] = useState<ApiError>();
  const send = (method: 'POST' | 'PUT', path: string, body: unknown) => {
    setSending(true);
    setFailed(undefined);
    sendJson<T>(method, path, body)
      .then((answer) => {
        forgetAnswers();
        setSending(false);
        onDone(answer);
      })
      .catch((cause: unknown) => {
        setSending(false);
        setFailed(
          cause instanceof ApiError
            ? cause
            : new ApiError({ code: 'UNEXPECTED', message: String(cause), fix: '', status: 0 }),
        );
      });
  };
  return { send, sending, failed };
}
