/** Segments to begin with: what each is for, its rule, and how many people it would hold. */
import { useResource } from '../../api/resource.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { href } from '../../router.ts';
import type { Template } from './segment-types.ts';

export function TemplatesCard({ isOnly }: { isOnly: boolean }) {
  const { t, pick } = useI18n();
  const list = useResource<{ rows: readonly Template[] }>('/segments/templates');
  return (
    <Card
      title={t('templates.title')}
      note={t(isOnly ? 'templates.first' : 'templates.note')}
      className={isOnly ? '' : 'w6'}
    >
      <Loaded from={list} rows={6}>
        {({ rows }) => (
          <ul className={isOnly ? 'templates wide' : 'templates'}>
            {rows.map(({ key, name, about, words, customers }) => (
              <li key={key}>
                <a href={href('/segments/new', { template: key })}>{pick(name)}</a>
                <span className="chip">{t('count.customers', { n: customers })}</span>
                <p className="small">{pick(about)}</p>
                <p className="small soft">{pick(words)}</p>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}
