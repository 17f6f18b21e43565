/** Whom a campaign is for: a saved segment, a rule, or both. */
import { Button, Select } from 'antd';
import { useId } from 'react';
import { useResource } from '../../api/resource.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { useShop } from '../../shop.tsx';
import { EVERYONE } from './condition.ts';
import { ConditionBuilder } from './condition-builder.tsx';
import { ConditionWords } from './condition-words.tsx';
import type { Draft } from './draft.ts';

interface StepProps {
  readonly draft: Draft;
  onChange(part: Partial<Draft>): void;
}

interface Segments {
  readonly rows: readonly { readonly id: string; readonly name: string; readonly customers: number | null }[];
}

export function AudienceStep({ draft, onChange }: StepProps) {
  const { t } = useI18n();
  const { format } = useShop();
  const id = useId();
  const { data } = useResource<Segments>('/segments');
  const segments = data?.rows ?? [];
  const isKnown = draft.segment === null || segments.some((each) => each.id === draft.segment);
  return (
    <Card title={t('plan.audience')} hint={t('plan.audience.hint')}>
      <div className="filter segment-choice">
        <label htmlFor={id}>{t('wizard.segment')}</label>
        <Select
          id={id}
          allowClear
          showSearch={{ optionFilterProp: 'label' }}
          placeholder={t('wizard.segment.none')}
          value={draft.segment}
          onChange={(segment: string | null | undefined) => onChange({ segment: segment ?? null })}
          options={[
            ...segments.map(({ id: value, name, customers }) => ({
              value,
              label: customers === null ? name : `${name} · ${format.count(customers)}`,
            })),
            ...(isKnown ? [] : [{ value: draft.segment, label: draft.segment }]),
          ]}
        />
      </div>
      {draft.segment === null ? null : <p className="small soft">{t('wizard.segment.and')}</p>}
      {draft.condition === null ? (
        <ConditionBuilder audience={draft.audience} onChange={(audience) => onChange({ audience })} />
      ) : (
        <>
          <p className="small soft">{t('wizard.condition.kept')}</p>
          <ConditionWords condition={draft.condition} />
          <Button size="small" onClick={() => onChange({ condition: null, audience: EVERYONE })}>
            {t('wizard.condition.replace')}
          </Button>
        </>
      )}
    </Card>
  );
}
