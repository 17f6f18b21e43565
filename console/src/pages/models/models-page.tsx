/** Models: what the predictions were learned from, what they were chosen from, and how far they can be trusted. */
import { useResource } from '../../api/resource.ts';
import type { Model, Models } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { CalibrationCard } from './calibration-card.tsx';
import { ChoiceCard } from './choice-card.tsx';
import { ConfusionCard } from './confusion-card.tsx';
import { CurveCard } from './curve-card.tsx';
import { RulesCard } from './rules-card.tsx';
import { UseCard } from './use-card.tsx';
import { ValueModelCard } from './value-model-card.tsx';
import { WeightsCard } from './weights-card.tsx';
import './models.css';

export default function ModelsPage() {
  const { t } = useI18n();
  const models = useResource<Models>('/models');
  const judged = models.data?.models.find(({ name }) => name === 'tiers')?.judged?.customers;
  return (
    <Page
      title={t('nav.models')}
      lead={
        <span data-testid="main-number" data-value={models.data === undefined ? '' : String(judged ?? 0)}>
          {models.data === undefined
            ? t('state.loading')
            : judged === undefined
              ? t('models.leadNone')
              : t('models.lead', { n: judged })}
        </span>
      }
    >
      <Loaded
        from={models}
        rows={8}
        empty={(data) => data.models.length === 0 && <Empty title={t('models.none')}>{t('models.noneFix')}</Empty>}
      >
        {(data) => (
          <>
            <div className="grid">
              <UseCard models={data.models} />
            </div>
            {data.models.some(({ name }) => name === 'tiers') ? <TierModel /> : null}
            {data.models.some(({ name }) => name === 'value') ? <ValueModel /> : null}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function TierModel() {
  const { t, pick } = useI18n();
  const model = useResource<Model>('/models/tiers');
  return (
    <Loaded
      from={model}
      rows={14}
      empty={({ fallback, tiers }) =>
        (fallback !== null || tiers === null) && (
          <div className="grid">
            <Card title={t('models.tiers')} className="w12">
              <Empty title={t('models.notLearned')}>
                {fallback === null ? t('evaluation.noneFix') : pick(fallback)}
              </Empty>
            </Card>
          </div>
        )
      }
    >
      {({ tiers }) =>
        tiers === null ? null : (
          <>
            <div className="grid">
              <ChoiceCard choice={tiers.choice} />
            </div>
            <div className="grid">
              <RulesCard model={tiers} />
            </div>
            <div className="grid">
              <CalibrationCard bins={tiers.calibration} gap={tiers.calibrationGap} />
              <CurveCard curve={tiers.curve} />
            </div>
            <div className="grid">
              <WeightsCard weights={tiers.weights} />
              <ConfusionCard counts={tiers.confusion} />
            </div>
          </>
        )
      }
    </Loaded>
  );
}

function ValueModel() {
  const model = useResource<Model>('/models/value');
  return (
    <Loaded from={model} rows={4}>
      {(data) => (
        <div className="grid">
          <ValueModelCard model={data} />
        </div>
      )}
    </Loaded>
  );
}
