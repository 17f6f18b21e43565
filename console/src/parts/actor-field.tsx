/** The reader's name, asked for where something is done in it. */
import { Input } from 'antd';
import { useId } from 'react';
import { useActor } from '../actor.ts';
import { useI18n } from '../i18n/index.tsx';

export function ActorField() {
  const { t } = useI18n();
  const { actor, setActor } = useActor();
  const id = useId();
  return (
    <div className="filter">
      <label htmlFor={id}>{t('actor.name')}</label>
      <Input
        id={id}
        value={actor}
        maxLength={200}
        required
        autoComplete="name"
        placeholder={t('actor.example')}
        onChange={(event) => setActor(event.target.value)}
      />
    </div>
  );
}
