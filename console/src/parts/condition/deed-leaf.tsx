/** Leaves about what people did: how often or how much, when last, in what order, and what they left undone. */
import { Button } from 'antd';
import { useI18n } from '../../i18n/index.tsx';
import { Icon } from '../icons.tsx';
import { Amount } from './amount.tsx';
import { One } from './choice.tsx';
import type { Fields } from './fields.ts';
import { EventChoice, Tests } from './step.tsx';
import type { Json } from './tree.ts';
import { SpanFields, WindowFields } from './window.tsx';

interface DeedProps {
  readonly leaf: Json;
  readonly fields: Fields;
  onChange(leaf: Json): void;
}

const testsOf = (step: Json | undefined): readonly Json[] => (Array.isArray(step?.where) ? (step.where as Json[]) : []);
const withTests = (where: readonly Json[]): Json => (where.length === 0 ? {} : { where });
const windowIn = (within: unknown): Json => (within === undefined ? {} : { within });

const BOUNDS = ['atLeast', 'atMost', 'exactly', 'between', 'never'] as const;
type Bound = (typeof BOUNDS)[number];

export function DidLeaf({ leaf, fields, onChange }: DeedProps) {
  const { t } = useI18n();
  const did = String(leaf.did ?? leaf.didNot);
  const where = testsOf(leaf);
  const measures = fields.events.find(({ name }) => name === did)?.measures ?? ['times'];
  const measure = String(leaf.measure ?? 'times') as 'times' | 'amount' | 'quantity';
  const bound = boundOf(leaf);
  const low = Number(leaf.atLeast ?? leaf.exactly ?? leaf.atMost ?? 1);
  const high = Number(leaf.atMost ?? low);
  const make = (part: {
    did?: string;
    where?: readonly Json[];
    bound?: Bound;
    measure?: string;
    low?: number;
    high?: number;
    within?: unknown;
  }) => {
    const next = { did, where, bound, measure, low, high, within: leaf.within, ...part };
    const have = fields.events.find(({ name }) => name === next.did)?.measures ?? ['times'];
    const own = have.includes(next.measure) ? next.measure : 'times';
    const rest = { ...withTests(next.where), ...windowIn(next.within) };
    if (next.bound === 'never') return onChange({ didNot: next.did, ...rest });
    const bounds =
      next.bound === 'between'
        ? { atLeast: next.low, atMost: Math.max(next.low, next.high) }
        : { [next.bound]: next.low };
    return onChange({ did: next.did, ...(own === 'times' ? {} : { measure: own }), ...bounds, ...rest });
  };
  const unit = measure === 'amount' ? 'minor' : 'count';
  return (
    <>
      <EventChoice
        label={t('segment.event')}
        did={did}
        where={where}
        fields={fields}
        onChange={(next, kept) => make({ did: next, where: kept })}
      />
      <One
        label={t('segment.howMuch')}
        value={bound}
        options={BOUNDS.map((value) => ({ value, label: t(`segment.bound.${value}`) }))}
        onChange={(value) => make({ bound: value })}
      />
      {bound === 'never' ? null : (
        <>
          <Amount
            label={t('segment.howMuch')}
            unit={unit}
            min={0}
            value={low}
            onChange={(value) => make({ low: value })}
          />
          {bound === 'between' ? (
            <Amount
              label={t('segment.bound.atMost')}
              unit={unit}
              min={0}
              value={high}
              onChange={(value) => make({ high: value })}
            />
          ) : null}
          {measures.length < 2 ? (
            <span className="small">{t('segment.measure.times')}</span>
          ) : (
            <One
              label={t('segment.measure')}
              value={measure}
              options={measures.map((value) => ({
                value: value as typeof measure,
                label: t(`segment.measure.${value as typeof measure}`),
              }))}
              onChange={(value) => make({ measure: value, ...(value === measure ? {} : { low: 1, high: 1 }) })}
            />
          )}
        </>
      )}
      <WindowFields within={leaf.within} onChange={(within) => make({ within })} />
      <Tests did={did} where={where} fields={fields} onChange={(_, next) => make({ where: next })} />
    </>
  );
}

function boundOf(leaf: Json): Bound {
  if ('didNot' in leaf) return 'never';
  if (leaf.exactly !== undefined) return 'exactly';
  if (leaf.atMost !== undefined) return leaf.atLeast === undefined ? 'atMost' : 'between';
  return 'atLeast';
}

export function LastLeaf({ leaf, fields, onChange }: DeedProps) {
  const { t } = useI18n();
  const did = String(leaf.lastTime);
  const where = testsOf(leaf);
  const { atLeastDaysAgo: least, atMostDaysAgo: most } = leaf;
  const form = least !== undefined && most !== undefined ? 'between' : least !== undefined ? 'atLeast' : 'atMost';
  const make = (name: string, tests: readonly Json[], days: Json) =>
    onChange({ lastTime: name, ...withTests(tests), ...days });
  const days = {
    ...(least === undefined ? {} : { atLeastDaysAgo: least }),
    ...(most === undefined ? {} : { atMostDaysAgo: most }),
  };
  const n = Number(least ?? most ?? 30);
  return (
    <>
      <span className="leaf-name">{t('segment.lastTime')}</span>
      <EventChoice
        label={t('segment.event')}
        did={did}
        where={where}
        fields={fields}
        onChange={(next, kept) => make(next, kept, days)}
      />
      <One
        label={t('condition.comparison')}
        value={form}
        options={(['atLeast', 'atMost', 'between'] as const).map((value) => ({
          value,
          label: t(`segment.bound.${value}`),
        }))}
        onChange={(value) =>
          make(
            did,
            where,
            value === 'between' ? { atLeastDaysAgo: n, atMostDaysAgo: n + 30 } : { [`${value}DaysAgo`]: n },
          )
        }
      />
      <Amount
        label={t('segment.daysAgo')}
        unit="days"
        min={0}
        max={3660}
        value={n}
        onChange={(value) =>
          make(did, where, { ...days, [least === undefined ? 'atMostDaysAgo' : 'atLeastDaysAgo']: Math.round(value) })
        }
      />
      {form === 'between' ? (
        <Amount
          label={t('segment.bound.atMost')}
          unit="days"
          min={n}
          max={3660}
          value={most}
          onChange={(value) => make(did, where, { ...days, atMostDaysAgo: Math.round(value) })}
        />
      ) : null}
      <span className="small">{t('segment.ago')}</span>
      <Tests did={did} where={where} fields={fields} onChange={(_, next) => make(did, next, days)} />
    </>
  );
}

export function SequenceLeaf({ leaf, fields, onChange }: DeedProps) {
  const { t } = useI18n();
  const steps = (Array.isArray(leaf.sequence) ? leaf.sequence : []) as Json[];
  const set = (next: readonly Json[]) => onChange({ ...leaf, sequence: next });
  return (
    <>
      {steps.map((step, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: steps have no name of their own and hold no state
        <div key={place} className="leaf-line step">
          <span className="leaf-name">{t(place === 0 ? 'segment.first' : 'segment.then')}</span>
          <EventChoice
            label={t('segment.event')}
            did={String(step.did)}
            where={testsOf(step)}
            fields={fields}
            onChange={(did, where) => set(steps.map((old, i) => (i === place ? { did, ...withTests(where) } : old)))}
          />
          <Tests
            did={String(step.did)}
            where={testsOf(step)}
            fields={fields}
            onChange={(did, where) => set(steps.map((old, i) => (i === place ? { did, ...withTests(where) } : old)))}
          />
          {steps.length > 2 ? (
            <Button
              type="text"
              size="small"
              icon={<Icon name="close" size={14} />}
              aria-label={t('segment.removeStep')}
              onClick={() => set(steps.filter((_, i) => i !== place))}
            />
          ) : null}
        </div>
      ))}
      <div className="leaf-line">
        {steps.length < 5 ? (
          <button type="button" className="chip chip-button" onClick={() => set([...steps, { did: 'order_paid' }])}>
            <Icon name="plus" size={12} />
            {t('segment.addStep')}
          </button>
        ) : null}
        <span className="small">{t('segment.allWithin')}</span>
        <SpanFields span={leaf.in} onChange={(span) => onChange({ ...leaf, in: span })} />
        <span className="small">{t('segment.begun')}</span>
        <WindowFields
          within={leaf.within}
          onChange={(within) => onChange({ sequence: steps, in: leaf.in, ...windowIn(within) })}
        />
      </div>
    </>
  );
}

export function DroppedLeaf({ leaf, fields, onChange }: DeedProps) {
  const { t } = useI18n();
  const [dropped, without] = [leaf.dropped, leaf.without] as [Json, Json];
  const part = (key: 'dropped' | 'without', step: Json) => (
    <>
      <EventChoice
        label={t('segment.event')}
        did={String(step.did)}
        where={testsOf(step)}
        fields={fields}
        onChange={(did, where) => onChange({ ...leaf, [key]: { did, ...withTests(where) } })}
      />
      <Tests
        did={String(step.did)}
        where={testsOf(step)}
        fields={fields}
        onChange={(did, where) => onChange({ ...leaf, [key]: { did, ...withTests(where) } })}
      />
    </>
  );
  return (
    <>
      <div className="leaf-line">
        {part('dropped', dropped)}
        <WindowFields
          within={leaf.within}
          onChange={(within) => onChange({ dropped, without, in: leaf.in, ...windowIn(within) })}
        />
      </div>
      <div className="leaf-line">
        <span className="leaf-name">{t('segment.butNot')}</span>
        {part('without', without)}
        <span className="small">{t('segment.withinSpan')}</span>
        <SpanFields span={leaf.in} onChange={(span) => onChange({ ...leaf, in: span })} />
      </div>
    </>
  );
}
