/** Events as the reader knows them: names of the Segment e-commerce events, and their details without braces. */
import { en } from '../../i18n/en.ts';
import { type Key, useI18n } from '../../i18n/index.tsx';
import { isNode } from '../../parts/report.ts';

const known = (key: string): key is Key => key in en;

/** The name of an event in the reader's language; unknown ones are shown as they are called. */
export function useEventName(): (name: string) => string {
  const { t } = useI18n();
  return (name) => {
    const key = `event.${name.toLowerCase().replaceAll(' ', '-')}`;
    return known(key) ? t(key) : name;
  };
}

/** Properties of an event as 'price 249 · quantity 2'; any other text as it is. */
export function detailWords(detail: string | null): string {
  if (detail === null) return '';
  if (!detail.startsWith('{')) return detail;
  try {
    const properties: unknown = JSON.parse(detail);
    if (!isNode(properties)) return detail;
    return Object.entries(properties)
      .filter(([name, value]) => name !== 'currency' && value !== null && typeof value !== 'object')
      .map(([name, value]) => `${name.replaceAll('_', ' ')} ${String(value)}`)
      .join(' · ');
  } catch {
    return detail;
  }
}
