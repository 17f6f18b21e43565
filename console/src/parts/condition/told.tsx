/** A condition in words, as the server tells it. */
import { useEffect, useState } from 'react';
import { postJson } from '../../api/client.ts';
import { type Both, useI18n } from '../../i18n/index.tsx';
import { ReportTree } from '../report-tree.tsx';

export function ToldCondition({ condition }: { condition: unknown }) {
  const { pick } = useI18n();
  const [words, setWords] = useState<Both>();
  const text = JSON.stringify(condition);
  useEffect(() => {
    const abort = new AbortController();
    setWords(undefined);
    postJson<{ words: Both }>('/segments/words', { condition: JSON.parse(text) }, abort.signal)
      .then((answer) => setWords(answer.words))
      // A condition of an older shop may ask what this one has not: it is then shown as it is written.
      .catch(() => undefined);
    return () => abort.abort();
  }, [text]);
  return words === undefined ? <ReportTree value={condition} /> : <p>{pick(words)}</p>;
}
