/** Uploaded lists: what came, what is unknown, and a new one from a file or from pasted ids. */
import { Button, Input, Popconfirm } from 'antd';
import { type ChangeEvent, type FormEvent, useId, useState } from 'react';
import { useActor } from '../../actor.ts';
import { ApiError, postJson, sendJson } from '../../api/client.ts';
import { forgetAnswers, useResource } from '../../api/resource.ts';
import { useI18n } from '../../i18n/index.tsx';
import { ActorField } from '../../parts/actor-field.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Card } from '../../parts/page.tsx';
import { Failed, Loaded } from '../../parts/states.tsx';
import { href } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import type { ListRow } from './segment-types.ts';

/** Base64 grows by a third, and the server takes 1 MB. */
const FILE_MAX = 700_000;

export function ListsCard({ className }: { className: string }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { actor } = useActor();
  const lists = useResource<{ rows: readonly ListRow[] }>('/segments/lists');
  const [failed, setFailed] = useState<ApiError>();
  const remove = async (id: string) => {
    setFailed(undefined);
    try {
      await sendJson('DELETE', `/segments/lists/${id}`, { actor: actor || t('actor.unknown') });
      forgetAnswers();
      lists.reload();
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      setFailed(cause);
    }
  };
  return (
    <Card title={t('lists.title')} note={t('lists.note')} className={className}>
      {failed === undefined ? null : <Failed error={failed} />}
      <Loaded from={lists} rows={2}>
        {({ rows }) => (
          <ul className="uploads">
            {rows.map((list) => (
              <li key={list.id}>
                <div>
                  <a href={href('/segments/new', { list: list.id })}>{list.name}</a>
                  <p className="small soft">
                    {t('lists.counts', { n: list.ids, duplicates: list.duplicates, unknown: list.unknown })}
                    {list.unknown > 0
                      ? ` (${list.unknownSample.slice(0, 3).join(', ')}${list.unknown > 3 ? ' …' : ''})`
                      : ''}
                    {` · ${list.createdBy} · ${format.date(list.createdAt)}`}
                  </p>
                </div>
                <Popconfirm
                  title={t('lists.remove')}
                  onConfirm={() => void remove(list.id)}
                  okText={t('segment.delete')}
                  cancelText={t('segment.keep')}
                >
                  <Button
                    type="text"
                    icon={<Icon name="close" size={16} />}
                    aria-label={`${t('segment.delete')}: ${list.name}`}
                  />
                </Popconfirm>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <Upload onDone={lists.reload} />
    </Card>
  );
}

type Chosen = { readonly text: string } | { readonly xlsx: string };

async function contentOf(file: File): Promise<Chosen> {
  if (!/\.xlsx$/i.test(file.name)) return { text: await file.text() };
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = '';
  for (let from = 0; from < bytes.length; from += 8192)
    binary += String.fromCharCode(...bytes.subarray(from, from + 8192));
  return { xlsx: btoa(binary) };
}

function Upload({ onDone }: { onDone: () => void }) {
  const { t } = useI18n();
  const { actor } = useActor();
  const [name, setName] = useState('');
  const [pasted, setPasted] = useState('');
  const [file, setFile] = useState<{ readonly name: string; readonly content: Chosen }>();
  const [failed, setFailed] = useState<ApiError>();
  const [tooLarge, setTooLarge] = useState(false);
  const [saving, setSaving] = useState(false);
  const ids = useId();
  const ready = name.trim() !== '' && actor.trim() !== '' && (file !== undefined || pasted.trim() !== '');
  const take = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const own = target.files?.[0];
    setTooLarge(own !== undefined && own.size > FILE_MAX);
    if (own === undefined || own.size > FILE_MAX) return setFile(undefined);
    setFile({ name: own.name, content: await contentOf(own) });
    if (name === '') setName(own.name.replace(/\.\w+$/, '').slice(0, 120));
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!ready) return;
    setSaving(true);
    setFailed(undefined);
    try {
      await postJson<ListRow>('/segments/lists', {
        name: name.trim(),
        actor: actor.trim(),
        ...(file?.content ?? { text: pasted }),
      });
      forgetAnswers();
      setName('');
      setPasted('');
      setFile(undefined);
      onDone();
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      setFailed(cause);
    } finally {
      setSaving(false);
    }
  };
  return (
    <details className="upload">
      <summary>{t('lists.add')}</summary>
      <form onSubmit={submit}>
        <div className="filter">
          <label htmlFor={`${ids}n`}>{t('table.name')}</label>
          <Input id={`${ids}n`} value={name} maxLength={120} onChange={({ target }) => setName(target.value)} />
        </div>
        <ActorField />
        <div className="filter">
          <label htmlFor={`${ids}f`}>{t('lists.file')}</label>
          <input id={`${ids}f`} type="file" accept=".csv,.txt,.tsv,.xlsx" onChange={(event) => void take(event)} />
          {tooLarge ? <p className="small bad">{t('lists.tooLarge')}</p> : null}
        </div>
        <div className="filter">
          <label htmlFor={`${ids}t`}>{t('lists.paste')}</label>
          <Input.TextArea
            id={`${ids}t`}
            rows={4}
            value={pasted}
            disabled={file !== undefined}
            placeholder={'C000017\nC000204'}
            onChange={({ target }) => setPasted(target.value)}
          />
        </div>
        {failed === undefined ? null : <Failed error={failed} />}
        <Button htmlType="submit" loading={saving} disabled={!ready}>
          {t('lists.save')}
        </Button>
      </form>
    </details>
  );
}
