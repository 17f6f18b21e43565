/** Views that the reader keeps in this browser: a name and the address of the list. */
import { Button, Input, Popover } from 'antd';
import { type FormEvent, useState } from 'react';
import { useI18n } from '../../i18n/index.tsx';
import { Icon } from '../../parts/icons.tsx';
import { href, queryText } from '../../router.ts';
import { type ListState, viewQuery } from './filters.ts';

interface View {
  readonly name: string;
  readonly query: string;
}

const STORED = 'tierwise.views';
const VIEWS_MAX = 30;

function read(): readonly View[] {
  try {
    const views = JSON.parse(localStorage.getItem(STORED) ?? '[]') as unknown;
    return Array.isArray(views) ? (views as View[]).filter(({ name, query }) => name && typeof query === 'string') : [];
  } catch {
    return [];
  }
}

export function SavedViews({ state }: { state: ListState }) {
  const { t } = useI18n();
  const [views, setViews] = useState(read);
  const [open, setOpen] = useState(false);
  const keep = (next: readonly View[]) => {
    localStorage.setItem(STORED, JSON.stringify(next));
    setViews(next);
  };
  const add = (name: string) => {
    const view = { name, query: queryText(viewQuery(state)) };
    keep([view, ...views.filter((each) => each.name !== name)].slice(0, VIEWS_MAX));
  };
  const list = (
    <div className="views">
      {views.length === 0 ? <p className="soft small">{t('views.none')}</p> : null}
      <ul className="lines">
        {views.map((view) => (
          <li key={view.name}>
            <a href={href('/customers') + view.query} onClick={() => setOpen(false)}>
              {view.name}
            </a>
            <Button
              size="small"
              type="text"
              icon={<Icon name="close" size={14} />}
              aria-label={t('views.remove', { name: view.name })}
              onClick={() => keep(views.filter((each) => each !== view))}
            />
          </li>
        ))}
      </ul>
      <NewView onSave={add} />
    </div>
  );
  return (
    <Popover open={open} onOpenChange={setOpen} content={list} trigger="click" placement="bottomRight">
      <Button icon={<Icon name="bookmark" size={16} />} aria-haspopup="dialog">
        {t('views.title', { count: views.length })}
      </Button>
    </Popover>
  );
}

function NewView({ onSave }: { onSave: (name: string) => void }) {
  const { t } = useI18n();
  const [name, setName] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === '') return;
    onSave(name.trim());
    setName('');
  };
  return (
    <form className="new-view" onSubmit={submit}>
      <Input
        value={name}
        maxLength={60}
        aria-label={t('views.name')}
        placeholder={t('views.name')}
        onChange={(event) => setName(event.target.value)}
      />
      <Button htmlType="submit" disabled={name.trim() === ''}>
        {t('views.save')}
      </Button>
    </form>
  );
}
