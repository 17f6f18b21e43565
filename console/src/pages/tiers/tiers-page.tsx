/** Value tiers: how big they are, how people move between them, how value is spread, and how good the prediction is. */
import { useResource } from '../../api/resource.ts';
import type { Tiers } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Page } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import { EvaluationCard } from './evaluation-card.tsx';
import { LorenzCard } from './lorenz-card.tsx';
import { MediansCard } from './medians-card.tsx';
import { MigrationCard } from './migration-card.tsx';
import { PolicyCard, policyIn } from './policy-card.tsx';
import { PolicyEditor } from './policy-editor.tsx';
import { RfmCard } from './rfm-card.tsx';
import { SizesCard } from './sizes-card.tsx';
import './tiers.css';

export default function TiersPage() {
  const { t } = useI18n();
  const { format } = useShop();
  const tiers = useResource<Tiers>('/tiers');
  const total = tiers.data?.rows.reduce((sum, row) => sum + row.customers, 0);
  return (
    <Page
      title={t('nav.tiers')}
      lead={
        <span data-testid="main-number" data-value={String(total ?? '')}>
          {total === undefined
            ? t('state.loading')
            : t('tiers.total', { n: total, date: format.date(tiers.data?.asOf ?? 0) })}
        </span>
      }
    >
      <Loaded
        from={tiers}
        rows={14}
        empty={(data) => data.rows.length === 0 && <Empty title={t('tiers.empty')}>{t('tiers.emptyFix')}</Empty>}
      >
        {(data) => (
          <>
            <div className="grid">
              <SizesCard rows={data.rows} />
            </div>
            <div className="grid">
              <MigrationCard dates={data.dates} />
              <div className="w6 stack">
                <MediansCard rows={data.rows} />
                <PolicyCard policy={data.policy} cutsMinor={data.cutsMinor} />
              </div>
            </div>
            <Editor tiers={data} />
            <div className="grid">
              <RfmCard />
              <LorenzCard />
            </div>
            <div className="grid">
              <EvaluationCard evaluation={data.evaluation} />
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** Where no policy is recorded there is nothing to start from. */
function Editor({ tiers }: { tiers: Tiers }) {
  const policy = policyIn(tiers.policy);
  if (policy === undefined) return null;
  return (
    <div className="grid">
      <PolicyEditor policy={policy} tiers={tiers} />
    </div>
  );
}
