/** Another policy than the one in force: edited on the left, tried on the past on the right; taken over by hand. */
import { Button, Segmented, Switch } from 'antd';
import { useState } from 'react';
import { useTrial } from '../../api/trial.ts';
import type { TierPolicy, Tiers, WhatIf } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { NumberField } from '../../parts/number-field.tsx';
import { Card, Hint } from '../../parts/page.tsx';
import { Failed, Waiting } from '../../parts/states.tsx';
import {
  canAdd,
  type Draft,
  draftOf,
  hasBenefits,
  KINDS,
  policyOf,
  problemOf,
  withTier,
  yamlOf,
} from './policy-draft.ts';
import { TierRows } from './tier-rows.tsx';
import { WhatIfFigures } from './what-if.tsx';

export function PolicyEditor({ policy, tiers }: { policy: TierPolicy; tiers: Tiers }) {
  const { t } = useI18n();
  const [draft, setDraft] = useState<Draft>(() => draftOf(policy, tiers));
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const problem = problemOf(draft);
  const proposed = policyOf(draft);
  const trial = useTrial<WhatIf>('/tiers/what-if', problem === undefined ? { policy: proposed } : null);
  return (
    <Card
      title={t('editor.title')}
      note={t('editor.note')}
      hint={t('editor.hint')}
      className="w12"
      actions={
        <Button size="small" onClick={() => setDraft(draftOf(policy, tiers))}>
          {t('editor.reset')}
        </Button>
      }
    >
      <div className="editor">
        <form className="stack" aria-label={t('editor.title')} onSubmit={(event) => event.preventDefault()}>
          <KindField draft={draft} change={change} />
          <TierRows draft={draft} onChange={setDraft} />
          <Button className="editor-add" disabled={!canAdd(draft)} onClick={() => setDraft(withTier(draft))}>
            {t('editor.add')}
          </Button>
          <BenefitFields draft={draft} change={change} />
          <MoveFields draft={draft} change={change} />
        </form>
        <div className="stack">
          {problem === undefined ? null : (
            <p className="wrong" role="alert">
              {t(problem)}
            </p>
          )}
          <div
            aria-live="polite"
            aria-busy={trial.loading}
            className={trial.loading || problem !== undefined ? 'fresh stale' : 'fresh'}
          >
            {trial.error === undefined ? null : <Failed error={trial.error} retry={trial.retry} />}
            {trial.error === undefined && trial.data === undefined && problem === undefined ? (
              <Waiting rows={10} />
            ) : null}
            {trial.data === undefined ? null : <WhatIfFigures found={trial.data} />}
          </div>
          {problem === undefined ? <Yaml text={yamlOf(proposed)} /> : null}
        </div>
      </div>
    </Card>
  );
}

interface PartProps {
  readonly draft: Draft;
  change(part: Partial<Draft>): void;
}

function KindField({ draft, change }: PartProps) {
  const { t } = useI18n();
  return (
    <div className="filter">
      <span className="field-label">{t('editor.kind')}</span>
      <Segmented
        value={draft.kind}
        onChange={(kind) => change({ kind })}
        aria-label={t('editor.kind')}
        options={KINDS.map((kind) => ({ value: kind, label: t(`editor.kind.${kind}`) }))}
      />
      <p className="small soft">{t(`editor.kind.${draft.kind}.about`)}</p>
    </div>
  );
}

function BenefitFields({ draft, change }: PartProps) {
  const { t } = useI18n();
  return (
    <div className="editor-line">
      {draft.kind === 'profit' ? null : (
        <Toggle
          label={t('editor.benefits')}
          hint={t('editor.benefits.hint')}
          checked={draft.withBenefits}
          onChange={(withBenefits) => change({ withBenefits })}
        />
      )}
      {hasBenefits(draft) ? (
        <span className="toggle">
          <span className="small soft">{t('editor.basis')}</span>
          <Segmented
            size="small"
            value={draft.basis}
            onChange={(basis) => change({ basis })}
            aria-label={t('editor.basis')}
            options={(['assumed', 'measured'] as const).map((basis) => ({
              value: basis,
              label: t(`editor.basis.${basis}`),
            }))}
          />
        </span>
      ) : null}
    </div>
  );
}

function MoveFields({ draft, change }: PartProps) {
  const { t } = useI18n();
  const percent = (
    label: string,
    value: number,
    [min, max]: readonly [number, number],
    set: (share: number) => void,
  ) => (
    <NumberField
      label={label}
      min={min}
      max={max}
      suffix="%"
      value={Math.round(value * 100)}
      onChange={(given) => set((given ?? min) / 100)}
    />
  );
  return (
    <>
      <div className="editor-fields">
        {percent(t('editor.gap'), draft.hysteresis, [0, 90], (hysteresis) => change({ hysteresis }))}
        <NumberField
          label={t('editor.dwell')}
          max={3650}
          suffix={t('unit.daysShort')}
          value={draft.dwellDays}
          onChange={(dwellDays) => change({ dwellDays: dwellDays ?? 0 })}
        />
      </div>
      <div className="editor-line">
        <Toggle
          label={t('editor.sure')}
          hint={t('editor.sure.hint')}
          checked={draft.isSure}
          onChange={(isSure) => change({ isSure })}
        />
      </div>
      {draft.isSure ? (
        <div className="editor-fields">
          {percent(t('editor.promote'), draft.promoteAbove, [50, 99], (promoteAbove) => change({ promoteAbove }))}
          {percent(t('editor.demote'), draft.demoteAbove, [50, 99], (demoteAbove) => change({ demoteAbove }))}
        </div>
      ) : null}
    </>
  );
}

interface ToggleProps {
  readonly label: string;
  readonly hint: string;
  readonly checked: boolean;
  onChange(checked: boolean): void;
}

function Toggle({ label, hint, checked, onChange }: ToggleProps) {
  return (
    <span className="toggle">
      <Switch size="small" checked={checked} onChange={onChange} aria-label={label} />
      <span>{label}</span>
      <Hint label={label}>{hint}</Hint>
    </span>
  );
}

/** What to paste into tierwise.yaml. Without leave to write to the clipboard the text is marked, so that keys can copy it. */
function Yaml({ text }: { text: string }) {
  const { t } = useI18n();
  const [copied, setCopied] = useState<string>();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(text);
    } catch {
      const box = document.getElementById('policy-yaml');
      if (box !== null) window.getSelection()?.selectAllChildren(box);
    }
  };
  return (
    <details className="yaml" open>
      <summary>{t('editor.yaml')}</summary>
      <pre id="policy-yaml" className="code">
        {text}
      </pre>
      <p className="editor-line">
        <Button size="small" type="primary" onClick={copy}>
          {copied === text ? t('editor.copied') : t('editor.copy')}
        </Button>
        <span className="small soft">{t('editor.yaml.about')}</span>
      </p>
    </details>
  );
}
