/** Whom the condition holds, asked again whenever the reader pauses: count, value, tiers, words and a sample with reasons. */
import { useTrial } from '../../api/trial.ts';
import { Bar } from '../../charts/bars.tsx';
import { useI18n } from '../../i18n/index.tsx';
import type { Json } from '../../parts/condition/tree.ts';
import { Card } from '../../parts/page.tsx';
import { Empty, Failed, Waiting } from '../../parts/states.tsx';
import { TierBadge } from '../../parts/tier.tsx';
import { href, pathOf } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import type { SegmentPreview } from './segment-types.ts';

export function LiveCard({ condition }: { condition: Json }) {
  const { t } = useI18n();
  const { data, error, loading, retry } = useTrial<SegmentPreview>('/segments/preview', { condition });
  return (
    <Card title={t('segment.live')} note={t('segment.liveNote')} className="segment-live">
      <div aria-live="polite" aria-busy={loading} className={loading && data !== undefined ? 'fresh stale' : 'fresh'}>
        {error === undefined ? null : <Failed error={error} retry={retry} />}
        {error === undefined && data === undefined ? <Waiting rows={8} /> : null}
        {data === undefined || error !== undefined ? null : <Shown preview={data} />}
      </div>
    </Card>
  );
}

function Shown({ preview }: { preview: SegmentPreview }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { customers, share, valueMinor, byTier, words, sample } = preview;
  return (
    <div className="stack">
      <div>
        <p className="live-main" data-testid="main-number" data-value={String(customers)}>
          {t('count.customers', { n: customers })}
        </p>
        <p className="soft">
          {t('segment.shareValue', { share: format.percent(share), value: format.moneyShort(valueMinor) })}
        </p>
      </div>
      <div className="both-words">
        <p lang="en">{words.en}</p>
        <p lang="zh-CN">{words.zh}</p>
      </div>
      {customers === 0 ? <Empty title={t('segment.nobody')}>{t('campaign.noAudienceFix')}</Empty> : null}
      <ul className="tier-bars" aria-label={t('segment.byTier')}>
        {[...byTier].reverse().map((row) => (
          <li key={row.tier ?? 'none'}>
            <TierBadge tier={row.tier} />
            <Bar value={row.customers} most={row.of}>
              {t('segment.ofTier', { n: row.customers, of: row.of })}
            </Bar>
          </li>
        ))}
      </ul>
      {sample.length === 0 ? null : (
        <details open className="sample">
          <summary>{t('segment.sample', { n: sample.length })}</summary>
          <ul>
            {sample.map((person) => (
              <SampleRow key={person.customerId} person={person} />
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function SampleRow({ person }: { person: SegmentPreview['sample'][number] }) {
  const { pick } = useI18n();
  const { format } = useShop();
  return (
    <li>
      <p className="sample-head">
        <a href={href(pathOf('customers', person.customerId))}>{person.customerId}</a>
        <TierBadge tier={person.tier} />
        <span className="small soft">{person.valueMinor === null ? '–' : format.moneyShort(person.valueMinor)}</span>
      </p>
      <ul className="why small soft">
        {person.why.map((reason) => (
          <li key={reason.en}>
            {pick(reason)}
            {reason.figure === null ? null : <b>{` → ${pick(reason.figure)}`}</b>}
          </li>
        ))}
      </ul>
    </li>
  );
}
