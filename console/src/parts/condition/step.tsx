/** One thing that customers do, with what must be true of it. */
import { Button } from 'antd';
import { useI18n } from '../../i18n/index.tsx';
import { useShop } from '../../shop.tsx';
import { Icon } from '../icons.tsx';
import { Amount } from './amount.tsx';
import { Choice, One } from './choice.tsx';
import type { Fields, PropertyRow } from './fields.ts';
import { ProductChoice } from './product-choice.tsx';
import type { Json } from './tree.ts';

export interface StepProps {
  readonly label: string;
  readonly did: string;
  readonly where: readonly Json[];
  readonly fields: Fields;
  /** Tests that the new event cannot have are dropped. */
  onChange(did: string, where: readonly Json[]): void;
}

export function EventChoice({ label, did, where, fields, onChange }: StepProps) {
  const { pick } = useI18n();
  const { format } = useShop();
  const known = fields.events.some(({ name }) => name === did);
  const options = fields.events.map((event) => ({
    value: event.name,
    label: `${pick(event)} · ${format.short(event.rows)}`,
  }));
  return (
    <One
      search
      label={label}
      value={did}
      options={known ? options : [...options, { value: did, label: did }]}
      onChange={(next) => {
        const have = fields.events.find(({ name }) => name === next)?.properties ?? [];
        onChange(
          next,
          where.filter(({ property }) => have.includes(String(property))),
        );
      }}
    />
  );
}

/** The tests of a step, and the button that adds one. */
export function Tests({ did, where, fields, onChange }: Omit<StepProps, 'label'>) {
  const { t, pick } = useI18n();
  const have = fields.events.find(({ name }) => name === did)?.properties ?? [];
  const properties = fields.properties.filter(({ name }) => have.includes(name));
  const [first] = properties;
  const set = (place: number, test: Json) =>
    onChange(
      did,
      where.map((old, i) => (i === place ? test : old)),
    );
  return (
    <>
      {where.length === 0 ? null : (
        <ul className="tests">
          {where.map((test, place) => {
            const property = fields.properties.find(({ name }) => name === test.property);
            if (property === undefined) return null;
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: tests have no name of their own and hold no state
              <li key={place} className="leaf-line">
                <span className="soft small">{place === 0 ? t('segment.where') : t('segment.andWhere')}</span>
                <One
                  label={t('segment.property')}
                  value={property.name}
                  options={properties.map((each) => ({ value: each.name, label: pick(each) }))}
                  onChange={(name) => set(place, newTest(fields.properties.find((each) => each.name === name)!))}
                />
                <TestValue property={property} test={test} fields={fields} onChange={(next) => set(place, next)} />
                <Button
                  type="text"
                  size="small"
                  icon={<Icon name="close" size={14} />}
                  aria-label={t('condition.remove', { field: pick(property) })}
                  onClick={() =>
                    onChange(
                      did,
                      where.filter((_, i) => i !== place),
                    )
                  }
                />
              </li>
            );
          })}
        </ul>
      )}
      {first === undefined || where.length >= 20 ? null : (
        <button
          type="button"
          className="chip chip-button add-test"
          onClick={() => onChange(did, [...where, newTest(first)])}
        >
          <Icon name="plus" size={12} />
          {t('segment.addTest')}
        </button>
      )}
    </>
  );
}

const newTest = ({ name, kind }: PropertyRow): Json =>
  kind === 'number' ? { property: name, op: '>=', value: 0 } : { property: name, op: 'in', value: [] };

function TestValue({
  property,
  test,
  fields,
  onChange,
}: {
  property: PropertyRow;
  test: Json;
  fields: Fields;
  onChange: (test: Json) => void;
}) {
  const { t, pick } = useI18n();
  const op = String(test.op);
  const ops = property.ops.includes(op) ? property.ops : [...property.ops, op];
  const words = (each: string) => {
    const found = fields.ops.find((one) => one.op === each);
    return found === undefined ? each : pick(found);
  };
  const choose = (next: string) => {
    if (property.kind === 'number') return onChange({ ...test, op: next });
    const keys = (Array.isArray(test.value) ? test.value : [test.value]).filter(
      (key) => typeof key === 'string' && key !== '',
    );
    return onChange({ ...test, op: next, value: next === 'in' ? keys : (keys[0] ?? '') });
  };
  return (
    <>
      <One
        label={t('condition.comparison')}
        value={op}
        options={ops.map((each) => ({ value: each, label: words(each) }))}
        onChange={choose}
      />
      {property.kind === 'number' && !Array.isArray(test.value) ? (
        <Amount
          label={pick(property)}
          unit={property.unit}
          value={test.value}
          onChange={(value) => onChange({ ...test, value })}
        />
      ) : (
        <ValueChoice
          property={property}
          chosen={test.value}
          onChange={(keys) => onChange({ ...test, value: op === 'in' ? keys : (keys.at(-1) ?? '') })}
        />
      )}
    </>
  );
}

interface ValueChoiceProps {
  readonly property: PropertyRow;
  readonly chosen: unknown;
  onChange(keys: string[]): void;
}

function ValueChoice({ property, ...rest }: ValueChoiceProps) {
  const { pick } = useI18n();
  const label = pick(property);
  if (property.name === 'product') return <ProductChoice label={label} {...rest} />;
  return <Choice label={label} values={property.values} {...rest} />;
}
