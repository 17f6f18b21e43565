/** Names of the recommender's sources; an unknown one is shown as it is called. */
import { useI18n } from '../i18n/index.tsx';

export const SOURCES = ['repeat', 'viewed', 'co-purchase', 'content', 'new-arrivals', 'popular-in-tier'] as const;
export type Source = (typeof SOURCES)[number];

export const isSource = (name: string): name is Source => SOURCES.some((source) => source === name);

export function useSourceName(): (source: string) => string {
  const { t } = useI18n();
  return (source) => (isSource(source) ? t(`source.${source}`) : source);
}
