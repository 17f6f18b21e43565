/** What a page shows while it waits, when there is nothing, and when something went wrong. */
import { Button, Skeleton } from 'antd';
import type { ReactNode } from 'react';
import type { ApiError } from '../api/client.ts';
import type { Resource } from '../api/resource.ts';
import { useI18n } from '../i18n/index.tsx';
import { Icon } from './icons.tsx';

export function Waiting({ rows = 5 }: { rows?: number }) {
  const { t } = useI18n();
  return (
    <output className="waiting" aria-busy="true" aria-label={t('state.loading')}>
      <Skeleton active title={false} paragraph={{ rows }} />
    </output>
  );
}

/** Nothing here, and what to do about it. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <Icon name="info" size={22} />
      <p className="empty-title">{title}</p>
      {children === undefined ? null : <p className="soft">{children}</p>}
      {action}
    </div>
  );
}

/** What failed, the way out that the server named, and another try. */
export function Failed({ error, retry }: { error: ApiError; retry?: () => void }) {
  const { t } = useI18n();
  const offline = error.code === 'NETWORK';
  return (
    <div className="failed" role="alert">
      <Icon name="alert" size={22} />
      <div>
        <p className="failed-title">{offline ? t('state.offline') : error.message || t('state.failed')}</p>
        <p>{offline ? t('state.offline.fix') : error.fix || t('state.failed.fix')}</p>
        {error.status > 0 ? <p className="soft small">{`${error.code} · ${error.status}`}</p> : null}
      </div>
      {retry === undefined ? null : <Button onClick={retry}>{t('state.retry')}</Button>}
    </div>
  );
}

interface LoadedProps<T> {
  readonly from: Resource<T>;
  readonly rows?: number;
  readonly empty?: (data: T) => ReactNode | false;
  readonly children: (data: T) => ReactNode;
}

/** The four states of an answer: skeleton, error, empty, data. While a newer answer is on its way the last one is dimmed. */
export function Loaded<T>({ from, rows = 5, empty, children }: LoadedProps<T>) {
  if (from.error !== undefined) return <Failed error={from.error} retry={from.reload} />;
  if (from.data === undefined) return <Waiting rows={rows} />;
  const nothing = empty?.(from.data);
  if (nothing) return nothing;
  return (
    <div className={from.loading ? 'fresh stale' : 'fresh'} aria-busy={from.loading}>
      {children(from.data)}
    </div>
  );
}
