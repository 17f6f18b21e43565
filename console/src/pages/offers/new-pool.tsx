/** A new coupon pool: of which offer, which codes, out of which budget, until when. */
import { Button, Checkbox, Input, Segmented, Select } from 'antd';
import { type FormEvent, useId, useState } from 'react';
import { useActor } from '../../actor.ts';
import { ApiError, postJson } from '../../api/client.ts';
import type { BudgetRow, OfferRow, PoolRow } from '../../api/offer-types.ts';
import { forgetAnswers, useResource } from '../../api/resource.ts';
import { useI18n } from '../../i18n/index.tsx';
import { MoneyField, NumberField } from '../../parts/number-field.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Failed } from '../../parts/states.tsx';
import { go, href, pathOf } from '../../router.ts';
import { DayField, TextField } from './fields.tsx';

type Kind = PoolRow['kind'];

interface Draft {
  readonly id: string;
  readonly offer: string | null;
  readonly budget: string | null;
  readonly kind: Kind;
  readonly count: number;
  readonly list: string;
  readonly code: string;
  readonly perPerson: number | null;
  readonly validDays: number | null;
  readonly expiresAt: number | null;
  readonly lowStock: number | null;
  readonly holdMinor: number;
  readonly isBearer: boolean;
}

const EMPTY: Draft = {
  ...{ id: '', offer: null, budget: null, kind: 'generated', count: 1000, list: '', code: '', perPerson: 1 },
  ...{ validDays: 30, expiresAt: null, lowStock: null, holdMinor: 0, isBearer: false },
};
const DAY_MS = 86_400_000;

function bodyOf(draft: Draft) {
  const { id, offer, budget, kind, count, perPerson, validDays, expiresAt, lowStock, holdMinor, isBearer } = draft;
  const codes =
    kind === 'generated'
      ? { kind, count }
      : kind === 'shared'
        ? { kind, code: draft.code.trim(), uses: count }
        : { kind, codes: draft.list.split(/\s+/).filter(Boolean) };
  return {
    ...{ id: id.trim(), offer, codes },
    ...(budget === null ? {} : { budget }),
    ...(perPerson === null ? {} : { perPerson }),
    ...(validDays === null || kind === 'shared' ? {} : { validMs: validDays * DAY_MS }),
    ...(expiresAt === null ? {} : { expiresAt }),
    ...(lowStock === null ? {} : { lowStock }),
    ...(budget === null || holdMinor === 0 ? {} : { holdMinor }),
    ...(isBearer ? { isBearer } : {}),
  };
}

export function NewPool() {
  const { t } = useI18n();
  const { actor, setActor } = useActor();
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const [failed, setFailed] = useState<ApiError>();
  const [saving, setSaving] = useState(false);
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const isReady = draft.id.trim() !== '' && draft.offer !== null && actor !== '';
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setSaving(true);
    setFailed(undefined);
    try {
      const made = await postJson<PoolRow>('/coupon-pools', { pool: bodyOf(draft), actor });
      forgetAnswers();
      go(href(pathOf('pools', made.id)));
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      setFailed(cause);
      setSaving(false);
    }
  };
  return (
    <Page
      title={t('offers.pool.new')}
      lead={t('offers.pool.form.lead')}
      back={{ to: '/offers', label: t('nav.offers') }}
    >
      <form className="grid" onSubmit={(event) => void submit(event)}>
        <Card className="w7">
          <div className="offer-fields" data-testid="main-number" data-value={String(draft.count)}>
            <Basics draft={draft} onChange={change} />
            <Codes draft={draft} onChange={change} />
            <Limits draft={draft} onChange={change} />
            <TextField label={t('offers.actor')} value={actor} required onChange={setActor} />
          </div>
          {failed === undefined ? null : <Failed error={failed} />}
          <p className="offer-foot">
            <Button type="primary" htmlType="submit" loading={saving} disabled={!isReady}>
              {t('offers.pool.form.save')}
            </Button>
          </p>
        </Card>
      </form>
    </Page>
  );
}

interface PartProps {
  readonly draft: Draft;
  onChange(part: Partial<Draft>): void;
}

function Basics({ draft, onChange }: PartProps) {
  const { t, pick } = useI18n();
  const [offerId, budgetId] = [useId(), useId()];
  const offers = useResource<{ rows: readonly OfferRow[] }>('/offers');
  const budgets = useResource<{ rows: readonly BudgetRow[] }>('/budgets');
  return (
    <>
      <TextField
        label={t('offers.pool.name')}
        value={draft.id}
        required
        placeholder="spring-codes"
        onChange={(id) => onChange({ id })}
      />
      <div className="filter">
        <label htmlFor={offerId}>{t('offers.pool.form.offer')}</label>
        <Select
          id={offerId}
          value={draft.offer}
          onChange={(offer) => onChange({ offer })}
          options={(offers.data?.rows ?? []).map((row) => ({ value: row.id, label: pick(row.name) }))}
        />
      </div>
      <div className="filter">
        <label htmlFor={budgetId}>{t('offers.pool.budget')}</label>
        <Select
          id={budgetId}
          allowClear
          value={draft.budget}
          placeholder={t('offers.pool.form.none')}
          onChange={(budget: string | undefined) => onChange({ budget: budget ?? null })}
          options={(budgets.data?.rows ?? []).map((row) => ({ value: row.id, label: row.id }))}
        />
      </div>
      {draft.budget === null ? null : (
        <MoneyField
          label={t('offers.pool.hold')}
          minor={draft.holdMinor}
          onChange={(holdMinor) => onChange({ holdMinor })}
        />
      )}
    </>
  );
}

function Codes({ draft, onChange }: PartProps) {
  const { t } = useI18n();
  const id = useId();
  return (
    <>
      <div className="filter wide">
        <span className="field-label">{t('offers.pool.form.codes')}</span>
        <Segmented<Kind>
          value={draft.kind}
          onChange={(kind) => onChange({ kind })}
          aria-label={t('offers.pool.form.codes')}
          options={(['generated', 'uploaded', 'shared'] as const).map((value) => ({
            value,
            label: t(`offers.pool.kind.${value}`),
          }))}
        />
      </div>
      {draft.kind === 'uploaded' ? (
        <div className="filter wide">
          <label htmlFor={id}>{t('offers.pool.form.upload')}</label>
          <Input.TextArea
            id={id}
            rows={5}
            className="codes-area"
            value={draft.list}
            onChange={(event) => onChange({ list: event.target.value })}
          />
        </div>
      ) : (
        <NumberField
          label={draft.kind === 'shared' ? t('offers.pool.form.uses') : t('offers.pool.form.count')}
          min={1}
          max={draft.kind === 'shared' ? 1_000_000_000 : 100_000}
          value={draft.count}
          onChange={(count) => onChange({ count: count ?? 1 })}
        />
      )}
      {draft.kind === 'shared' ? (
        <TextField
          label={t('offers.pool.form.code')}
          value={draft.code}
          placeholder="TEA10"
          onChange={(code) => onChange({ code })}
        />
      ) : null}
    </>
  );
}

function Limits({ draft, onChange }: PartProps) {
  const { t } = useI18n();
  return (
    <>
      <NumberField
        label={t('offers.form.perPerson')}
        min={1}
        max={1_000_000}
        placeholder={t('offers.form.noLimit')}
        value={draft.perPerson}
        onChange={(perPerson) => onChange({ perPerson })}
      />
      {draft.kind === 'shared' ? null : (
        <NumberField
          label={t('offers.pool.form.validDays')}
          min={1}
          max={3650}
          placeholder={t('offers.form.noLimit')}
          value={draft.validDays}
          onChange={(validDays) => onChange({ validDays })}
        />
      )}
      <DayField
        label={t('offers.form.to')}
        isEnd
        at={draft.expiresAt}
        onChange={(expiresAt) => onChange({ expiresAt })}
      />
      <NumberField
        label={t('offers.pool.lowAt')}
        max={1_000_000}
        value={draft.lowStock}
        onChange={(lowStock) => onChange({ lowStock })}
      />
      {draft.kind === 'uploaded' ? (
        <Checkbox checked={draft.isBearer} onChange={(event) => onChange({ isBearer: event.target.checked })}>
          {t('offers.pool.form.bearer')}
        </Checkbox>
      ) : null}
    </>
  );
}
