/** A condition in words. */
import { useI18n } from '../../i18n/index.tsx';
import { ToldCondition } from '../../parts/condition/told.tsx';
import { useShop } from '../../shop.tsx';
import { audienceOf, FIELDS, type Row } from './condition.ts';

export function ConditionWords({ condition }: { condition: unknown }) {
  const { t } = useI18n();
  const words = useRowWords();
  if (typeof condition === 'string') return <code className="code">{condition}</code>;
  const audience = audienceOf(condition);
  if (audience === undefined) return <ToldCondition condition={condition} />;
  if (audience.rows.length === 0) return <p>{t('condition.everyone')}</p>;
  return (
    <>
      {audience.rows.length > 1 ? <p className="small soft">{t(`condition.${audience.join}`)}</p> : null}
      <ul className="condition-words">
        {audience.rows.map((row) => (
          <li key={JSON.stringify(row)}>{words(row)}</li>
        ))}
      </ul>
    </>
  );
}

function useRowWords(): (row: Row) => string {
  const { t } = useI18n();
  const { format, tierName, tagName, segmentName, stateName } = useShop();
  const name = { tier: tierName, state: stateName, segment: segmentName, tag: tagName };
  return (row) => {
    const field = t(`condition.field.${row.field}`);
    if ('keys' in row) {
      const of = name[row.field as keyof typeof name] ?? String;
      const list = format.list(row.keys.map((key) => of(key)));
      return t(row.not ? 'condition.notIn' : 'condition.in', { field, list });
    }
    const { kind } = FIELDS[row.field];
    const value = {
      days: () => t('unit.days', { n: row.value }),
      money: () => format.money(row.value),
      share: () => format.percent(row.value, 0),
    }[kind as 'days' | 'money' | 'share'];
    return `${field} ${t(`condition.is.${row.is}`)} ${value?.() ?? format.count(row.value)}`;
  };
}
