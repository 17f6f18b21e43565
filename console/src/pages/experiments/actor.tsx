/** The reader's name beside what they do in it. */
import { Input } from 'antd';
import { useId } from 'react';
import { useActor } from '../../actor.ts';
import { useI18n } from '../../i18n/index.tsx';

export function ActorInput() {
  const { t } = useI18n();
  const { actor, setActor } = useActor();
  const id = useId();
  return (
    <div className="filter">
      <label htmlFor={id}>{t('xp.actor')}</label>
      <Input
        id={id}
        value={actor}
        maxLength={200}
        autoComplete="name"
        placeholder={t('xp.actor.example')}
        onChange={(event) => setActor(event.target.value)}
      />
    </div>
  );
}
