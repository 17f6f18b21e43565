/** A rule in the reader's own sentence: read clause by clause, shown as it was understood, and used only when asked for. */
import { Button, Input } from 'antd';
import { type FormEvent, useState } from 'react';
import { ApiError, postJson } from '../../api/client.ts';
import { type Both, useI18n } from '../../i18n/index.tsx';
import type { Json } from '../../parts/condition/tree.ts';
import { Icon } from '../../parts/icons.tsx';
import { Failed } from '../../parts/states.tsx';

interface Said {
  readonly clauses: readonly { readonly text: string; readonly words: Both | null }[];
  readonly condition: Json | null;
}

export function SaidForm({ onUse }: { onUse: (condition: Json) => void }) {
  const { t, pick } = useI18n();
  const [text, setText] = useState('');
  const [said, setSaid] = useState<Said>();
  const [failed, setFailed] = useState<ApiError>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() === '') return;
    setFailed(undefined);
    try {
      setSaid(await postJson<Said>('/segments/read', { text: text.trim() }));
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      setFailed(cause);
    }
  };
  const use = () => {
    if (said?.condition === null || said === undefined) return;
    onUse(said.condition);
    setSaid(undefined);
    setText('');
  };
  return (
    <form className="said" onSubmit={(event) => void submit(event)}>
      <div className="said-line">
        <Input
          aria-label={t('said.label')}
          placeholder={t('said.example')}
          maxLength={2000}
          value={text}
          onChange={({ target }) => {
            setText(target.value);
            setSaid(undefined);
          }}
        />
        <Button htmlType="submit" disabled={text.trim() === ''}>
          {t('said.read')}
        </Button>
      </div>
      {failed === undefined ? null : <Failed error={failed} />}
      {said === undefined ? null : (
        <div className="said-answer" aria-live="polite">
          <ul>
            {said.clauses.map((clause) => (
              <li key={clause.text} className={clause.words === null ? 'bad' : undefined}>
                <Icon name={clause.words === null ? 'alert' : 'check'} size={14} />
                {clause.words === null ? t('said.unread', { text: clause.text }) : pick(clause.words)}
              </li>
            ))}
          </ul>
          {said.condition === null ? (
            <p className="small soft">{t('said.help')}</p>
          ) : (
            <Button size="small" type="primary" onClick={use}>
              {t('said.use')}
            </Button>
          )}
        </div>
      )}
    </form>
  );
}
