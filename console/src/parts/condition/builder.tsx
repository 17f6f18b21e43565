/** Builds a condition: groups of all or any, each part of which may be turned round, and every leaf that the server lists. */
import { Button, Segmented, Select, Switch } from 'antd';
import { useState } from 'react';
import { type Key, useI18n } from '../../i18n/index.tsx';
import { Icon } from '../icons.tsx';
import { Loaded } from '../states.tsx';
import { DidLeaf, DroppedLeaf, LastLeaf, SequenceLeaf } from './deed-leaf.tsx';
import { FieldLeaf } from './field-leaf.tsx';
import { type Fields, useFields } from './fields.ts';
import { DEEDS, newLeaf, PLACES } from './new-leaf.ts';
import { DrawLeaf, SegmentLeaf, UpliftLeaf } from './place-leaf.tsx';
import {
  conditionOf,
  type Group,
  group,
  isGroup,
  type Json,
  type Leaf,
  leafNode,
  type Node,
  rootOf,
  unsaidIn,
} from './tree.ts';
import './condition.css';

interface BuilderProps {
  /** What to begin with; later changes come from the reader alone. */
  readonly initial: unknown;
  /** Told of every change; leaves that say nothing yet are not in it. */
  onChange(condition: Json): void;
}

const DEPTH_MAX = 6;

export function ConditionBuilder({ initial, onChange }: BuilderProps) {
  const { t } = useI18n();
  const fields = useFields();
  const [root, setRoot] = useState<Group>(() => rootOf(initial));
  const change = (next: Node) => {
    const whole = isGroup(next) ? next : group('all', [next]);
    setRoot(whole);
    onChange(conditionOf(whole));
  };
  const unsaid = unsaidIn(root);
  return (
    <Loaded from={fields} rows={4}>
      {(all) => (
        <div className="conditions">
          <GroupEditor node={root} fields={all} depth={0} onChange={change} />
          {unsaid === 0 ? null : <p className="small soft">{t('segment.unsaid', { n: unsaid })}</p>}
        </div>
      )}
    </Loaded>
  );
}

interface NodeProps<Kind extends Node> {
  readonly node: Kind;
  readonly fields: Fields;
  readonly depth: number;
  onChange(node: Node): void;
  onRemove?(): void;
}

function GroupEditor({ node, fields, depth, onChange, onRemove }: NodeProps<Group>) {
  const { t } = useI18n();
  const { join, parts } = node;
  const set = (place: number, part: Node) =>
    onChange({ ...node, parts: parts.map((old, i) => (i === place ? part : old)) });
  return (
    <fieldset
      className={depth === 0 ? 'group condition-group' : 'group condition-group inner'}
      aria-label={t('segment.group')}
    >
      {depth > 0 || parts.length > 1 ? (
        <div className="group-head">
          <Segmented<'all' | 'any'>
            size="small"
            value={join}
            onChange={(value) => onChange({ ...node, join: value })}
            aria-label={t('condition.join')}
            options={(['all', 'any'] as const).map((value) => ({ value, label: t(`condition.${value}`) }))}
          />
          {depth === 0 ? null : <Turn not={node.not} onChange={(not) => onChange({ ...node, not })} />}
          {onRemove === undefined ? null : <Remove label={t('segment.group')} onClick={onRemove} />}
        </div>
      ) : null}
      {parts.length === 0 ? <p className="soft">{t(depth === 0 ? 'segment.everyone' : 'segment.emptyGroup')}</p> : null}
      <ul className="condition-parts">
        {parts.map((part, place) => {
          const shared = {
            ...{ fields, depth: depth + 1 },
            onChange: (next: Node) => set(place, next),
            onRemove: () => onChange({ ...node, parts: parts.filter((_, i) => i !== place) }),
          };
          return (
            <li key={part.key}>
              {place === 0 ? null : <span className="joint">{t(join === 'all' ? 'segment.and' : 'segment.or')}</span>}
              {isGroup(part) ? <GroupEditor node={part} {...shared} /> : <LeafEditor node={part} {...shared} />}
            </li>
          );
        })}
      </ul>
      <AddPart
        fields={fields}
        canGroup={depth < DEPTH_MAX}
        onAdd={(part) => onChange({ ...node, parts: [...parts, part] })}
      />
    </fieldset>
  );
}

function Turn({ not, onChange }: { not: boolean; onChange: (not: boolean) => void }) {
  const { t } = useI18n();
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the switch is a button, which a label may hold
    <label className="turn small">
      <Switch size="small" checked={not} onChange={onChange} />
      <span>{t('segment.not')}</span>
    </label>
  );
}

function Remove({ label, onClick }: { label: string; onClick: () => void }) {
  const { t } = useI18n();
  return (
    <Button
      type="text"
      icon={<Icon name="close" size={16} />}
      aria-label={t('condition.remove', { field: label })}
      onClick={onClick}
    />
  );
}

function LeafEditor({ node, fields, onChange, onRemove }: NodeProps<Leaf>) {
  const { t } = useI18n();
  const label = t(labelOf(node.leaf));
  return (
    <fieldset className={node.not ? 'group condition-leaf turned' : 'group condition-leaf'} aria-label={label}>
      <div className="leaf-body">
        <LeafFields leaf={node.leaf} fields={fields} onChange={(leaf) => onChange({ ...node, leaf })} />
      </div>
      <div className="leaf-tools">
        <Turn not={node.not} onChange={(not) => onChange({ ...node, not })} />
        {onRemove === undefined ? null : <Remove label={label} onClick={onRemove} />}
      </div>
    </fieldset>
  );
}

function labelOf(leaf: Json): Key {
  if ('field' in leaf) return 'segment.leaf.field';
  if ('didNot' in leaf) return 'segment.leaf.did';
  const name = [...DEEDS, ...PLACES].find((each) => each in leaf);
  return name === undefined ? 'segment.leaf.field' : `segment.leaf.${name}`;
}

function LeafFields(props: { leaf: Json; fields: Fields; onChange: (leaf: Json) => void }) {
  const { leaf } = props;
  if ('field' in leaf) return <FieldLeaf {...props} />;
  if ('did' in leaf || 'didNot' in leaf) return <DidLeaf {...props} />;
  if ('lastTime' in leaf) return <LastLeaf {...props} />;
  if ('sequence' in leaf) return <SequenceLeaf {...props} />;
  if ('dropped' in leaf) return <DroppedLeaf {...props} />;
  if ('segment' in leaf || 'list' in leaf) return <SegmentLeaf {...props} />;
  if ('random' in leaf) return <DrawLeaf {...props} />;
  if ('uplift' in leaf) return <UpliftLeaf {...props} />;
  return <code className="code">{JSON.stringify(leaf)}</code>;
}

function AddPart({ fields, canGroup, onAdd }: { fields: Fields; canGroup: boolean; onAdd: (part: Node) => void }) {
  const { t, pick } = useI18n();
  const said = (names: readonly (typeof DEEDS | typeof PLACES)[number][]) =>
    names.map((value) => ({ value: value as string, label: t(`segment.leaf.${value}`) }));
  const options = [
    { label: t('segment.add.did'), options: said(DEEDS) },
    ...fields.groups.map((own) => ({
      label: pick(own),
      options: fields.fields
        .filter((field) => field.group === own.key)
        .map((field) => ({ value: `field:${field.name}`, label: pick(field) })),
    })),
    { label: t('segment.add.place'), options: said(PLACES) },
  ];
  return (
    <div className="add-part">
      <Select
        className="add-select"
        aria-label={t('segment.add')}
        placeholder={t('segment.add')}
        prefix={<Icon name="plus" size={14} />}
        showSearch={{ optionFilterProp: 'label' }}
        popupMatchSelectWidth={280}
        listHeight={360}
        value={null}
        onChange={(choice: string | null) => {
          if (choice !== null) onAdd(leafNode(newLeaf(choice, fields)));
        }}
        options={options}
      />
      {canGroup ? (
        <Button size="small" type="text" icon={<Icon name="plus" size={14} />} onClick={() => onAdd(group('any'))}>
          {t('segment.addGroup')}
        </Button>
      ) : null}
    </div>
  );
}
