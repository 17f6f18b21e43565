/** A leaf about a figure or name of the customer. */
import { useI18n } from '../../i18n/index.tsx';
import { Amount } from './amount.tsx';
import { Choice, One } from './choice.tsx';
import type { FieldRow, Fields } from './fields.ts';
import type { Json } from './tree.ts';

interface LeafProps {
  readonly leaf: Json;
  readonly fields: Fields;
  onChange(leaf: Json): void;
}

export function FieldLeaf({ leaf, fields, onChange }: LeafProps) {
  const { t, pick } = useI18n();
  const field = fields.fields.find(({ name }) => name === leaf.field);
  if (field === undefined) return <code className="code">{JSON.stringify(leaf)}</code>;
  const op = String(leaf.op);
  const words = (each: string) => {
    const found = fields.ops.find((one) => one.op === each);
    return found === undefined ? each : pick(found);
  };
  const ops = field.ops.includes(op) ? field.ops : [...field.ops, op];
  return (
    <>
      <span className="leaf-name">{pick(field)}</span>
      {field.kind === 'flag' && op === '=' ? null : (
        <One
          label={t('condition.comparison')}
          value={op}
          options={ops.map((each) => ({ value: each, label: words(each) }))}
          onChange={(next) => onChange({ field: field.name, op: next, value: valueFor(field, next, leaf) })}
        />
      )}
      <Value field={field} leaf={leaf} onChange={onChange} />
    </>
  );
}

/** What was typed stays where the next comparison can take it. */
function valueFor({ kind }: FieldRow, op: string, leaf: Json): unknown {
  if (op === 'missing') return true;
  if (kind === 'number') return typeof leaf.value === 'number' ? leaf.value : 0;
  if (kind === 'flag') return leaf.value === true;
  const keys = (Array.isArray(leaf.value) ? leaf.value : [leaf.value]).filter((key) => typeof key === 'string');
  return op === 'in' ? keys : (keys[0] ?? '');
}

function Value({ field, leaf, onChange }: { field: FieldRow; leaf: Json; onChange: (leaf: Json) => void }) {
  const { t, pick } = useI18n();
  const set = (value: unknown) => onChange({ ...leaf, value });
  const label = pick(field);
  if (leaf.op === 'missing')
    return (
      <One
        label={label}
        value={leaf.value === true ? 'yes' : 'no'}
        options={(['yes', 'no'] as const).map((value) => ({ value, label: t(`segment.${value}`) }))}
        onChange={(value) => set(value === 'yes')}
      />
    );
  if (field.kind === 'flag')
    return (
      <One
        label={label}
        value={leaf.value === true ? 'yes' : 'no'}
        options={[
          { value: 'yes', label: t('segment.yes') },
          { value: 'no', label: t('segment.no') },
          { value: 'unknown', label: t('segment.notAsked') },
        ]}
        onChange={(value) =>
          onChange(
            value === 'unknown'
              ? { field: field.name, op: 'missing', value: true }
              : { field: field.name, op: '=', value: value === 'yes' },
          )
        }
      />
    );
  if (field.kind === 'number')
    return Array.isArray(leaf.value) ? (
      <code className="code">{leaf.value.join(', ')}</code>
    ) : (
      <Amount label={label} unit={field.unit} value={leaf.value} onChange={set} />
    );
  return (
    <Choice
      label={label}
      values={field.values}
      chosen={leaf.value}
      onChange={(keys) => set(leaf.op === 'in' ? keys : (keys.at(-1) ?? ''))}
    />
  );
}
