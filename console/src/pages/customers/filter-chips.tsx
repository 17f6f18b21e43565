/** What the list is filtered by, in words; each can be taken away. */
import { useResource } from '../../api/resource.ts';
import { type Key, useI18n } from '../../i18n/index.tsx';
import { Icon } from '../../parts/icons.tsx';
import { href } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { type Filter, type ListState, show, withFilters } from './filters.ts';

/** Filters that are read as one: a span of days, a move between two dates. */
const GROUPS: readonly (readonly Filter[])[] = [
  ['search'],
  ['tier'],
  ['state'],
  ['segment'],
  ['tag'],
  ['r'],
  ['f'],
  ['m'],
  ['from', 'to', 'hasOrders'],
  ['slipped'],
  ['inSegment'],
  ['stateFrom'],
  ['movedFrom', 'movedTo', 'moveFrom', 'moveTo'],
];

export function FilterChips({ state }: { state: ListState }) {
  const { t } = useI18n();
  const words = useWords(state);
  const active = GROUPS.filter((group) =>
    group.some((name) => state.filters[name] !== undefined && !['moveFrom', 'moveTo'].includes(name)),
  );
  if (active.length === 0) return null;
  return (
    <fieldset className="group chips" aria-label={t('filter.active')}>
      {active.map((group) => {
        const word = words(group);
        return (
          <button
            key={group[0]}
            type="button"
            className="chip chip-button"
            aria-label={t('filter.remove', { what: word })}
            onClick={() => show(withFilters(state, Object.fromEntries(group.map((name) => [name, undefined]))))}
          >
            {word}
            <Icon name="close" size={12} />
          </button>
        );
      })}
      <a className="small" href={href('/customers')}>
        {t('filter.clear')}
      </a>
    </fieldset>
  );
}

function useWords({ filters }: ListState): (group: readonly Filter[]) => string {
  const { t } = useI18n();
  const { format, tierName, tagName, segmentName, stateName } = useShop();
  const inSegment = useResource<{ name: string }>(
    filters.inSegment === undefined ? null : `/segments/${encodeURIComponent(filters.inSegment)}`,
  ).data?.name;
  const each = (keys: string | undefined, name: (key: string) => string) =>
    keys === undefined ? t('filter.any') : format.list(keys.split(',').map(name));
  const day = (text: string | undefined, before = 0) => (text === undefined ? '…' : format.date(Number(text) - before));
  return ([name = 'search']) => {
    const value = filters[name] ?? '';
    if (name === 'search') return t('filter.chip.search', { text: value });
    if (name === 'tier') return `${t('filter.tier')}: ${each(value, tierName)}`;
    if (name === 'state') return `${t('filter.state')}: ${each(value, stateName)}`;
    if (name === 'inSegment') return `${t('filter.inSegment')}: ${inSegment ?? value}`;
    if (name === 'slipped') return t(value === 'true' ? 'filter.slipped' : 'filter.notSlipped');
    if (name === 'stateFrom')
      return t('filter.chip.stateFrom', { state: each(value, stateName), when: day(filters.moveFrom) });
    if (name === 'segment') return `${t('filter.segment')}: ${segmentName(value)}`;
    if (name === 'tag') return `${t('filter.tag')}: ${tagName(value)}`;
    if (name === 'r' || name === 'f' || name === 'm') return `${t(`rfm.${name}` satisfies Key)} ${value}/5`;
    if (name === 'from') {
      if (filters.from === undefined && filters.to === undefined) return t('filter.hasOrders');
      return t('filter.chip.lastOrder', { from: day(filters.from), to: day(filters.to, 1) });
    }
    if (filters.movedTo === undefined && filters.moveTo === undefined)
      return t('filter.chip.stateFrom', { state: each(filters.movedFrom, tierName), when: day(filters.moveFrom) });
    return t('filter.chip.moved', {
      from: each(filters.movedFrom, tierName),
      to: each(filters.movedTo, tierName),
      when: filters.moveFrom === undefined ? '' : `${day(filters.moveFrom)} → ${day(filters.moveTo)}`,
    });
  };
}
