/** The allocation simulator: budget, limits and offers on the left, what the best plan would bring on the right. */
import { Button, Slider } from 'antd';
import { useState } from 'react';
import { useTrial } from '../../api/trial.ts';
import type { Simulation } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { ConditionBuilder } from '../../parts/condition/builder.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Failed, Waiting } from '../../parts/states.tsx';
import { go, href } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { bodyOf, type Draft, emptyDraft, offerOf } from '../campaigns/draft.ts';
import { handOver } from '../campaigns/handed-over.ts';
import { LimitsFields, MoneyFields } from '../campaigns/limits-fields.tsx';
import { OffersEditor } from '../campaigns/offers-editor.tsx';
import { BudgetCurve } from './budget-curve.tsx';
import { Comparisons } from './comparisons.tsx';
import { FrontCard } from './front-card.tsx';
import { MixCard } from './mix-card.tsx';
import { SimulationTiles } from './simulation-tiles.tsx';
import '../campaigns/campaigns.css';
import './allocation.css';

export default function AllocationPage() {
  const { t } = useI18n();
  const { shop } = useShop();
  const [draft, setDraft] = useState<Draft>(() => ({
    ...emptyDraft(shop.currencyDigits),
    offers: [5, 10, 15].map((percent, key) => offerOf(key, shop.currencyDigits, percent)),
  }));
  const { data, error, loading, retry } = useTrial<Simulation>('/allocation/simulate', bodyOf(draft));
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  return (
    <Page
      title={t('nav.allocation')}
      lead={t('allocation.lead')}
      actions={
        <Button
          onClick={() => {
            handOver(draft);
            go(href('/campaigns/new'));
          }}
        >
          {t('allocation.toCampaign')}
        </Button>
      }
    >
      <Card title={t('allocation.settings')} className="allocation-top">
        <BudgetSlider draft={draft} curve={data?.curve} onChange={change} />
      </Card>
      <div className="grid">
        <div className="w4 stack">
          <Card title={t('plan.audience')} hint={t('plan.audience.hint')}>
            <ConditionBuilder initial={draft.condition} onChange={(condition) => change({ condition })} />
          </Card>
          <Card title={t('campaign.offer')}>
            <OffersEditor offers={draft.offers} onChange={(offers) => change({ offers })} />
          </Card>
          <Card title={t('wizard.limits')}>
            <LimitsFields draft={draft} onChange={change} withMoney={false} />
          </Card>
        </div>
        <div className={loading && data !== undefined ? 'w8 stack fresh stale' : 'w8 stack fresh'} aria-busy={loading}>
          {error === undefined ? null : <Failed error={error} retry={retry} />}
          {error === undefined && data === undefined ? <Waiting rows={14} /> : null}
          {data === undefined || error !== undefined ? null : <Found simulation={data} />}
        </div>
      </div>
    </Page>
  );
}

function Found({ simulation }: { simulation: Simulation }) {
  return (
    <>
      <SimulationTiles simulation={simulation} />
      <BudgetCurve simulation={simulation} />
      <Comparisons simulation={simulation} />
      <MixCard byOffer={simulation.plan.byOffer} />
      <FrontCard points={simulation.pareto} />
    </>
  );
}

interface SliderProps {
  readonly draft: Draft;
  readonly curve: Simulation['curve'] | undefined;
  onChange(part: Partial<Draft>): void;
}

/** The slider reaches to where more money brings nothing, or beyond what is asked for. */
function BudgetSlider({ draft, curve, onChange }: SliderProps) {
  const { t } = useI18n();
  const { shop, format } = useShop();
  const scale = 10 ** shop.currencyDigits;
  const most = Math.max(draft.budgetMinor, curve?.at(-1)?.budgetMinor ?? 0, 100 * scale);
  const round = 10 ** Math.max(0, Math.floor(Math.log10(most / scale)) - 2);
  return (
    <div className="budget-row">
      <div className="budget-slider">
        <span className="field-label">{t('allocation.budgetSlider')}</span>
        <Slider
          min={0}
          max={Math.ceil(most / scale)}
          step={round}
          value={Math.round(draft.budgetMinor / scale)}
          onChange={(value) => onChange({ budgetMinor: value * scale })}
          ariaLabelForHandle={t('allocation.budgetSlider')}
          tooltip={{ formatter: (value) => format.moneyShort((value ?? 0) * scale) }}
        />
      </div>
      <MoneyFields draft={draft} onChange={onChange} />
    </div>
  );
}
