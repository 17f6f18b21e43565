/** Metrics in the reader's words, and their values in their unit. */
import { isKey, type Key, useI18n } from '../../i18n/index.tsx';
import { useShop } from '../../shop.tsx';

const MONEY: ReadonlySet<string> = new Set(['revenue', 'margin', 'profit']);
const SHARES: ReadonlySet<string> = new Set(['bought', 'retained', 'csat']);

export interface MetricWords {
  name(metric: string): string;
  /** A value of the metric: money, a share, or a number. */
  value(metric: string, value: number): string;
  p(value: number | null): string;
}

export function useMetrics(): MetricWords {
  const { t } = useI18n();
  const { format } = useShop();
  const one = (key: string): string => {
    const word = `xp.metric.${key}`;
    return isKey(word) ? t(word) : key;
  };
  const parts = (metric: string) => {
    const [, kind, rest] = /^(median|p[\d.]+):(.+)$/.exec(metric) ?? [];
    const [column = metric, denominator] = (rest ?? metric).split('/');
    return { kind, column, denominator };
  };
  return {
    name: (metric) => {
      const { kind, column, denominator } = parts(metric);
      const own = denominator === undefined ? one(column) : t('xp.per', { top: one(column), bottom: one(denominator) });
      return kind === undefined ? own : `${own} (${kind === 'median' ? t('xp.median') : kind.toUpperCase()})`;
    },
    value: (metric, value) => {
      const { column, denominator } = parts(metric);
      if (MONEY.has(column)) return format.money(Math.round(value));
      if (SHARES.has(column) && denominator === undefined) return format.percent(value, 1);
      return format.decimal(value, 3);
    },
    p: (value) => (value === null ? '–' : value < 0.001 ? '< 0.001' : format.decimal(value, 3)),
  };
}

export const signed = (text: string, value: number): string => (value > 0 ? `+${text}` : text);

const WHY: Readonly<Record<string, Key>> = {
  'too-few': 'xp.why.too-few',
  'no-variance': 'xp.why.no-variance',
  'control-at-zero': 'xp.why.control-at-zero',
  'control-below-zero': 'xp.why.control-below-zero',
};
/** Why nothing can be said of an arm. */
export const whyKey = (why: string | undefined): Key => WHY[why ?? ''] ?? 'xp.why.too-few';
