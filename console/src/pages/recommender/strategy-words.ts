/** Strategies in words. */
import type { StrategySettings } from '../../api/types.ts';
import { isKey, useI18n } from '../../i18n/index.tsx';
import { useSourceName } from '../../parts/source-name.ts';
import { useShop } from '../../shop.tsx';

/** The name of a strategy; one of a tier's own is called after the tier. */
export function useStrategyName(): (strategy: string) => string {
  const { t } = useI18n();
  const { tierName } = useShop();
  return (strategy) => {
    const key = `strategy.${strategy}`;
    return isKey(key) ? t(key) : tierName(strategy);
  };
}

/** What a strategy does, its strongest marks first. */
export function useStrategyWords(): (settings: StrategySettings) => string {
  const { t } = useI18n();
  const { format } = useShop();
  const sourceName = useSourceName();
  return (settings) => {
    const share = (value: number) => format.percent(value, 0);
    const words: string[] = [];
    for (const [source, most] of Object.entries(settings.most))
      if (most < 1) words.push(t('strategies.say.most', { source: sourceName(source), share: share(most) }));
    for (const [source, least] of Object.entries(settings.least))
      if (least > 0) words.push(t('strategies.say.least', { source: sourceName(source), share: share(least) }));
    for (const [source, weight] of Object.entries(settings.weights)) {
      if (weight === 0) words.push(t('strategies.say.off', { source: sourceName(source) }));
      else if (weight !== 1)
        words.push(t('strategies.say.weight', { source: sourceName(source), weight: format.decimal(weight) }));
    }
    if (settings.marginWeight > 0) words.push(t('strategies.say.margin', { share: share(settings.marginWeight) }));
    if (settings.diversity !== 'none' && settings.diversityWeight > 0)
      words.push(
        t('strategies.say.diverse', {
          share: share(settings.diversityWeight),
          method: settings.diversity.toUpperCase(),
        }),
      );
    if (settings.calibration > 0)
      words.push(t('strategies.say.calibration', { weight: format.decimal(settings.calibration) }));
    if (settings.freshBoost > 0) words.push(t('strategies.say.fresh', { share: share(settings.freshBoost) }));
    if (settings.restShare > 0) words.push(t('strategies.say.rest', { share: share(settings.restShare) }));
    if (settings.perCategoryMax < 50) words.push(t('strategies.say.category', { n: settings.perCategoryMax }));
    return words.length === 0 ? t('strategies.say.plain') : format.list(words);
  };
}
