/** The campaign wizard: audience, offers and content, budget and limits, expected result, review. */
import { Button, Steps } from 'antd';
import { useEffect, useState } from 'react';
import { useResource } from '../../api/resource.ts';
import type { Campaign } from '../../api/types.ts';
import { type Key, useI18n } from '../../i18n/index.tsx';
import { ConditionBuilder } from '../../parts/condition/builder.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useRoute } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { type Draft, draftOf, emptyDraft } from './draft.ts';
import { handedOver } from './handed-over.ts';
import { LimitsFields } from './limits-fields.tsx';
import { LivePreview } from './live-preview.tsx';
import { OffersEditor } from './offers-editor.tsx';
import { RankFields } from './rank-fields.tsx';
import { ResultStep } from './result-step.tsx';
import { ReviewStep } from './review-step.tsx';
import './campaigns.css';

const STEPS = ['audience', 'offers', 'limits', 'result', 'review'] as const;

export default function NewCampaignPage() {
  const { shop } = useShop();
  const { query } = useRoute();
  const edited = query.get('edit');
  const campaign = useResource<Campaign>(edited === null ? null : `/campaigns/${encodeURIComponent(edited)}`);
  const begin = (): Draft => ({
    ...(handedOver() ?? emptyDraft(shop.currencyDigits)),
    ...audienceOf(query.get('segment')),
  });
  if (edited === null) return <Wizard begin={begin} />;
  return (
    <Loaded from={campaign} rows={12}>
      {(data) => (
        <Wizard
          key={data.life?.version}
          begin={() => ({ ...draftOf(data.asked, shop.currencyDigits), name: data.name })}
          edits={data}
        />
      )}
    </Loaded>
  );
}

/** The segment that the address names. */
const audienceOf = (segment: string | null): Partial<Draft> =>
  segment === null || segment === '' ? {} : { condition: { all: [{ segment }] } };

function Wizard({ begin, edits }: { begin: () => Draft; edits?: Campaign }) {
  const { t } = useI18n();
  const [draft, setDraft] = useState<Draft>(begin);
  const [step, setStep] = useState(0);
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const title = (name: (typeof STEPS)[number]) => t(`wizard.step.${name}` satisfies Key);
  // each step begins at its top
  // biome-ignore lint/correctness/useExhaustiveDependencies: the step is what it follows
  useEffect(() => window.scrollTo(0, 0), [step]);
  const isWide = step >= 3;
  return (
    <Page
      title={edits === undefined ? t('plan.title') : edits.name}
      lead={t(edits === undefined ? 'wizard.lead' : 'wizard.lead.edit')}
      back={{ to: '/campaigns', label: t('nav.campaigns') }}
    >
      <div className="wizard-steps">
        <Steps
          current={step}
          onChange={setStep}
          size="small"
          responsive={false}
          items={STEPS.map((name) => ({ title: title(name) }))}
        />
      </div>
      <div className="grid">
        <div className={isWide ? 'w12 stack' : 'w7 stack'}>
          <StepBody step={step} draft={draft} edits={edits} onChange={change} />
          <p className="plan-foot">
            {step > 0 ? <Button onClick={() => setStep(step - 1)}>{t('wizard.back')}</Button> : null}
            {step < STEPS.length - 1 ? (
              <Button type="primary" onClick={() => setStep(step + 1)}>
                {t('wizard.next')}: {title(STEPS[step + 1] ?? 'review')}
              </Button>
            ) : null}
          </p>
        </div>
        {isWide ? null : (
          <div className="w5">
            <LivePreview draft={draft} />
          </div>
        )}
      </div>
    </Page>
  );
}

interface BodyProps {
  readonly step: number;
  readonly draft: Draft;
  readonly edits: Campaign | undefined;
  onChange(part: Partial<Draft>): void;
}

function StepBody({ step, draft, edits, onChange }: BodyProps) {
  const { t } = useI18n();
  switch (STEPS[step]) {
    case 'audience':
      return (
        <Card title={t('plan.audience')} hint={t('plan.audience.hint')}>
          <ConditionBuilder initial={draft.condition} onChange={(condition) => onChange({ condition })} />
        </Card>
      );
    case 'offers':
      return (
        <Card title={t('wizard.step.offers')}>
          <OffersEditor withContent offers={draft.offers} onChange={(offers) => onChange({ offers })} />
        </Card>
      );
    case 'limits':
      return (
        <>
          <Card title={t('wizard.limits')}>
            <LimitsFields draft={draft} onChange={onChange} />
          </Card>
          <Card title={t('wizard.rank')} hint={t('wizard.priority.hint')}>
            <RankFields draft={draft} onChange={onChange} />
          </Card>
        </>
      );
    case 'result':
      return <ResultStep draft={draft} />;
    default:
      return <ReviewStep draft={draft} edits={edits} onChange={onChange} />;
  }
}
