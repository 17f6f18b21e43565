/** How a campaign stands to others that want the same people. */
import { Switch } from 'antd';
import { useId } from 'react';
import { useI18n } from '../../i18n/index.tsx';
import { NumberField } from '../../parts/number-field.tsx';
import type { Draft } from './draft.ts';

interface RankProps {
  readonly draft: Draft;
  onChange(part: Partial<Draft>): void;
}

export function RankFields({ draft, onChange }: RankProps) {
  const { t } = useI18n();
  const id = useId();
  return (
    <div className="fields">
      <NumberField
        label={t('wizard.priority')}
        min={-1000}
        max={1000}
        value={draft.priority}
        onChange={(priority) => onChange({ priority: priority ?? 0 })}
      />
      <div className="filter filter-switch">
        <label htmlFor={id}>
          <Switch id={id} size="small" checked={draft.exclusive} onChange={(exclusive) => onChange({ exclusive })} />
          {t('wizard.exclusive')}
        </label>
      </div>
    </div>
  );
}
