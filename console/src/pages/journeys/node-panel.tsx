/** The panel of one node: what it does, where it leads, what comes after it. */
import { Button, Input, InputNumber, Select, Switch } from 'antd';
import { type ReactNode, useId } from 'react';
import { useI18n } from '../../i18n/index.tsx';
import { ConditionBuilder } from '../../parts/condition/builder.tsx';
import type { Json } from '../../parts/condition/tree.ts';
import { Icon } from '../../parts/icons.tsx';
import { NumberField } from '../../parts/number-field.tsx';
import { wayWord } from './canvas.tsx';
import { type Edge, edgesOf, redirected } from './graph.ts';
import { type Definition, type EntryOn, type Fault, type JourneyNode, KINDS, type Kind } from './journey-types.ts';

interface PanelProps {
  readonly definition: Definition;
  readonly node: JourneyNode;
  readonly faults: readonly Fault[];
  readonly channels: readonly string[];
  onChange(node: JourneyNode): void;
  onInsert(edge: Edge, kind: Kind): void;
  onRemove(): void;
}

export function NodePanel(props: PanelProps) {
  const { node, faults, onRemove, onChange, definition, onInsert } = props;
  const { t, pick } = useI18n();
  const change = (part: Partial<JourneyNode>) => onChange({ ...node, ...part });
  return (
    <div className="node-panel">
      <h3>
        {t(`journey.kind.${node.kind}`)} <span className="soft small">{node.id}</span>
      </h3>
      {faults.map((fault) => (
        <p key={fault.en} className="wrong small" role="alert">
          {pick(fault)}
        </p>
      ))}
      <Parts {...props} change={change} />
      {edgesOf(node).map((edge) => (
        <WayFields key={edge.way} {...{ edge, definition, node, onChange, onInsert }} />
      ))}
      {node.kind === 'entry' ? null : (
        <Button danger size="small" onClick={onRemove}>
          {t('journey.remove')}
        </Button>
      )}
    </div>
  );
}

interface WayProps extends Pick<PanelProps, 'definition' | 'node' | 'onChange' | 'onInsert'> {
  readonly edge: Edge;
}

/** Where a way leads, and a new node on it. */
function WayFields({ edge, definition, node, onChange, onInsert }: WayProps) {
  const { t } = useI18n();
  const options = definition.nodes
    .filter(({ id, kind }) => id !== node.id && kind !== 'entry' && kind !== 'goal')
    .map(({ id, kind }) => ({ value: id, label: `${t(`journey.kind.${kind}`)} · ${id}` }));
  const hasGoal = definition.nodes.some(({ kind }) => kind === 'goal');
  const kinds = KINDS.filter((kind) => kind !== 'entry' && kind !== 'exit' && (kind !== 'goal' || !hasGoal));
  return (
    <div className="node-way">
      <Field label={t('journey.leads', { way: wayWord(edge.way, t) })}>
        {(id) => (
          <Select
            id={id}
            className="grow"
            value={edge.to}
            options={options}
            onChange={(to: string) => onChange(redirected(node, edge.way, to))}
          />
        )}
      </Field>
      <Select<Kind | null>
        className="grow"
        size="small"
        value={null}
        aria-label={t('journey.insert')}
        placeholder={t('journey.insert')}
        options={kinds.map((kind) => ({ value: kind, label: t(`journey.kind.${kind}`) }))}
        onChange={(kind) => {
          if (kind !== null) onInsert(edge, kind);
        }}
      />
    </div>
  );
}

function Field({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className="filter">
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  );
}

function TextField({ label, value, onChange }: { label: string; value: string; onChange: (text: string) => void }) {
  return (
    <Field label={label}>
      {(id) => <Input id={id} value={value} maxLength={300} onChange={(event) => onChange(event.target.value)} />}
    </Field>
  );
}

type PartsProps = PanelProps & { readonly change: (part: Partial<JourneyNode>) => void };

function Parts(props: PartsProps) {
  const { node, channels, change } = props;
  const { t } = useI18n();
  const minutes = (
    <NumberField
      label={t('journey.minutesLabel')}
      value={node.minutes ?? null}
      min={1}
      max={525_600}
      onChange={(own) => change(own === null ? {} : { minutes: own })}
    />
  );
  const event = (
    <TextField label={t('journey.event')} value={node.event ?? ''} onChange={(own) => change({ event: own })} />
  );
  switch (node.kind) {
    case 'entry':
      return <EntryParts {...props} />;
    case 'wait':
      return (
        <>
          {minutes}
          <TextField label={t('journey.until')} value={node.until ?? ''} onChange={(own) => change({ until: own })} />
        </>
      );
    case 'wait-event':
      return (
        <>
          {event}
          {minutes}
          <Field label={t('journey.sameKey')}>
            {(id) => <Switch id={id} checked={node.sameKey ?? true} onChange={(sameKey) => change({ sameKey })} />}
          </Field>
        </>
      );
    case 'split-condition':
      return (
        <ConditionBuilder
          key={node.id}
          initial={node.condition as Json}
          onChange={(condition: Json) => change({ condition })}
        />
      );
    case 'split-random':
    case 'split-score':
      return <BranchParts {...props} />;
    case 'offer':
      return (
        <TextField
          label={t('journey.offerId')}
          value={node.offerId ?? ''}
          onChange={(offerId) => change({ offerId })}
        />
      );
    case 'message':
    case 'webhook':
      return (
        <>
          <Field label={t('journey.channel')}>
            {(id) => (
              <Select
                id={id}
                className="grow"
                value={node.channel ?? null}
                options={channels.map((value) => ({ value, label: value }))}
                onChange={(channel: string) => change({ channel })}
              />
            )}
          </Field>
          {node.kind === 'webhook' ? (
            <TextField label={t('journey.body')} value={node.body ?? ''} onChange={(body) => change({ body })} />
          ) : (
            <WordsParts {...props} />
          )}
        </>
      );
    case 'goal':
      return (
        <>
          {event}
          <NumberField
            label={t('journey.goalDays')}
            value={node.days ?? 30}
            min={1}
            max={365}
            onChange={(days) => change({ days: days ?? 30 })}
          />
        </>
      );
    case 'exit':
      return null;
    default:
      return node.kind satisfies never;
  }
}

function EntryParts({ node, change }: PartsProps) {
  const { t } = useI18n();
  const on: EntryOn = node.on ?? { kind: 'event' };
  const set = (part: Partial<EntryOn>) => change({ on: { ...on, ...part } });
  const kinds = ['event', 'event-without', 'segment', 'once'] as const;
  const begin: Record<EntryOn['kind'], EntryOn> = {
    event: { kind: 'event', event: on.event ?? 'Order Completed', key: 'customer' },
    'event-without': {
      ...{
        kind: 'event-without',
        event: on.event ?? 'Product Added',
        without: 'Order Completed',
        minutes: 60,
        key: 'cart',
      },
    },
    segment: { kind: 'segment', condition: on.condition ?? { field: 'orders', op: '>=', value: 1 } },
    once: { kind: 'once', condition: on.condition ?? { field: 'orders', op: '>=', value: 1 } },
  };
  return (
    <>
      <Field label={t('journey.on')}>
        {(id) => (
          <Select
            id={id}
            className="grow"
            value={on.kind}
            options={kinds.map((value) => ({ value, label: t(`journey.on.${value}`) }))}
            onChange={(kind: EntryOn['kind']) => change({ on: begin[kind] })}
          />
        )}
      </Field>
      {on.kind === 'segment' || on.kind === 'once' ? (
        <ConditionBuilder
          key={on.kind}
          initial={on.condition as Json}
          onChange={(condition: Json) => set({ condition })}
        />
      ) : (
        <>
          <TextField label={t('journey.event')} value={on.event ?? ''} onChange={(event) => set({ event })} />
          {on.kind === 'event-without' ? (
            <>
              <TextField
                label={t('journey.without')}
                value={on.without ?? ''}
                onChange={(without) => set({ without })}
              />
              <NumberField
                label={t('journey.minutesLabel')}
                value={on.minutes ?? 60}
                min={1}
                max={525_600}
                onChange={(minutes) => set({ minutes: minutes ?? 60 })}
              />
            </>
          ) : null}
          <Field label={t('journey.key')}>
            {(id) => (
              <Select
                id={id}
                className="grow"
                value={on.key ?? 'customer'}
                options={(['customer', 'cart', 'order', 'product'] as const).map((value) => ({
                  value,
                  label: t(`journey.key.${value}`),
                }))}
                onChange={(key: string) => set({ key })}
              />
            )}
          </Field>
        </>
      )}
    </>
  );
}

function BranchParts({ node, change }: PartsProps) {
  const { t } = useI18n();
  const branches = node.branches ?? [];
  const isRandom = node.kind === 'split-random';
  const set = (i: number, value: number | null) =>
    change({
      branches: branches.map((each, k) =>
        k === i ? { ...each, ...(isRandom ? { share: (value ?? 0) / 100 } : { atLeast: value ?? 0 }) } : each,
      ),
    });
  const last = branches.at(-1);
  return (
    <>
      {isRandom ? null : (
        <TextField label={t('journey.field')} value={node.field ?? ''} onChange={(field) => change({ field })} />
      )}
      {branches.map(({ share = 0, atLeast = 0 }, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: branches have no name but their place
        <Field key={i} label={t(isRandom ? 'journey.branch.share' : 'journey.branch.atLeast', { n: i + 1 })}>
          {(id) => (
            <InputNumber
              id={id}
              className="grow"
              value={isRandom ? Math.round(share * 1000) / 10 : atLeast}
              {...(isRandom ? { min: 0.1, max: 100, suffix: '%' } : {})}
              onChange={(value) => set(i, value)}
            />
          )}
        </Field>
      ))}
      {branches.length >= 10 || last === undefined ? null : (
        <Button
          size="small"
          icon={<Icon name="plus" size={14} />}
          onClick={() =>
            change({
              branches: [...branches, isRandom ? { share: 0.1, next: last.next } : { atLeast: 0, next: last.next }],
            })
          }
        >
          {t('journey.branch.add')}
        </Button>
      )}
    </>
  );
}

function WordsParts({ node, change }: PartsProps) {
  const { t } = useI18n();
  return (['zh', 'en'] as const).map((language) => {
    const own = node.words?.[language] ?? { body: '' };
    const set = (part: Partial<typeof own>) => change({ words: { ...node.words, [language]: { ...own, ...part } } });
    return (
      <fieldset className="group node-words" key={language}>
        <TextField
          label={t(`journey.subject.${language}`)}
          value={own.subject ?? ''}
          onChange={(subject) => set({ subject })}
        />
        <Field label={t(`journey.text.${language}`)}>
          {(id) => (
            <Input.TextArea
              id={id}
              rows={3}
              maxLength={4000}
              value={own.body}
              onChange={(event) => set({ body: event.target.value })}
            />
          )}
        </Field>
      </fieldset>
    );
  });
}
