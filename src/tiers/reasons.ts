/** Why a customer is in a tier, and why the model expects the next: short sentences in two languages. */
import type { Shop } from '#events/index.ts';
import { numberColumn, type Table } from '#table/index.ts';
import { type Assignment, WHYS } from './assign.ts';
import type { Policy, TierName } from './policy.ts';
import type { Yardstick } from './relative.ts';
import { effectsOf, type TierModel } from './train.ts';
import { heldWords } from './words.ts';

/** What a feature is called; a feature definition is one. */
export interface FeatureWords {
  readonly name: string;
  readonly unit?: string;
  readonly about: { readonly en: string; readonly zh: string };
}

export interface Reason {
  /** 'value', one of WHYS that begins with held, 'raises' or 'lowers' */
  readonly code: string;
  readonly feature: string;
  /** The customer's own, in the feature's unit; null where missing. */
  readonly value: number | null;
  /**
   * Of 'raises' and 'lowers': what the feature and its like add to the customer's score, in standard deviations of the
   * scores of the lesson's customers; else 0.
   */
  readonly effect: number;
  readonly en: string;
  readonly zh: string;
}

const LEARNED_MAX = 3;

const GROUPS: readonly (readonly [string, RegExp])[] = [
  ['value', /^(value_minor|expected_orders|p_alive)$/],
  ['recency', /^(recency|overdue|days_since)/],
  ['frequency', /^(order_pace|orders|active|gap|baskets|frequency)/],
  ['spend', /^(period_margin|margin_pace|spend|paid|basket|units?_|units$|monetary|aov|unit_price)/],
  ['returns', /^(return|refund|cancel)/],
  ['discounts', /(discount|coupon|offer|campaign|redemption|list_price)/],
  ['breadth', /(product|categor|brand|department|lines|store|channel)/],
  ['age', /^(tenure|member)/],
  ['browsing', /(view|session|cart|event|search|browse|click)/],
  ['reviews', /(review|rating)/],
  ['hours', /(weekend|weekday|hour|morning|evening|night|month)/],
];

/** Features that tell of the same thing: their effects are added up before they are named. */
export const groupOf = (feature: string): string => GROUPS.find(([, pattern]) => pattern.test(feature))?.[0] ?? feature;

/** Writes numbers as people of the shop read them. */
export function writer(shop: Shop) {
  const money = (locale: string) =>
    new Intl.NumberFormat(locale, {
      style: 'currency',
      currency: shop.currency,
      maximumFractionDigits: shop.currencyDigits,
    });
  const plain = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
  const share = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 0 });
  const [moneyEn, moneyZh] = [money('en'), money('zh-CN')];
  return (value: number, unit: string | undefined, language: 'en' | 'zh'): string => {
    if (unit === 'minor') return (language === 'en' ? moneyEn : moneyZh).format(value / 10 ** shop.currencyDigits);
    if (unit === 'share') return share.format(value);
    if (unit === 'day') return language === 'en' ? `${plain.format(value)} days` : `${plain.format(value)} 天`;
    return plain.format(value);
  };
}

export interface ReasonsOptions {
  readonly policy: Policy;
  readonly shop: Shop;
  readonly horizonDays: number;
  readonly words: readonly FeatureWords[];
}

/** Sentence about the value that decided the present tier, and one about what held it where something did. */
export function valueReasons({ policy, shop, horizonDays }: ReasonsOptions) {
  const write = writer(shop);
  return (assignment: Assignment, row: number): Reason[] => {
    const value = assignment.valueMinor[row]!;
    const index = assignment.tierIndex[row]!;
    const say = (language: 'en' | 'zh', minor: number) => write(minor, 'minor', language);
    const edges = edgesOf(assignment.cuts, index, policy.tiers, say);
    const own: Reason = {
      code: 'value',
      feature: 'value_minor',
      value,
      effect: 0,
      en: `Expected margin over ${horizonDays} days: ${say('en', value)}; ${edges.en}`,
      zh: `未来 ${horizonDays} 天预期毛利 ${say('zh', value)}；${edges.zh}`,
    };
    const why = WHYS[assignment.why[row]!]!;
    const held = heldWords(policy, why, index);
    if (held === undefined) return [own];
    return [own, { code: why, feature: 'value_minor', value, effect: 0, ...held }];
  };
}

function edgesOf(
  cuts: Float64Array,
  index: number,
  tiers: readonly TierName[],
  say: (language: 'en' | 'zh', minor: number) => string,
) {
  const tier = tiers[index]!;
  const above = tiers[index + 1];
  const from = cuts[index - 1];
  const to = cuts[index];
  const en: string[] = [];
  const zh: string[] = [];
  if (from !== undefined) {
    en.push(`${tier.en} begins above ${say('en', from)}`);
    zh.push(`${tier.zh}门槛为 ${say('zh', from)} 以上`);
  }
  if (to !== undefined && above !== undefined) {
    en.push(`${above.en} above ${say('en', to)}`);
    zh.push(`${above.zh}需高于 ${say('zh', to)}`);
  }
  return { en: en.join(', '), zh: zh.join('，') };
}

/**
 * What moves the expected margin most, and so the foretold tier, the strongest first: effects are summed by group, and
 * each group is told by its strongest feature of the same direction. The effects are those that make up the score.
 */
export function learnedReasons(
  model: TierModel,
  yardsticks: readonly Yardstick[],
  { shop, words, horizonDays }: ReasonsOptions,
) {
  const write = writer(shop);
  const wordOf = new Map(words.map((word) => [word.name, word]));
  const typicalOf = new Map(yardsticks.map(({ feature, typical }) => [feature, typical]));

  /** @param raw the features as they are; `relative` as the model takes them */
  return (raw: Table, relative: Table): Reason[][] => {
    const { features, values } = effectsOf(model, relative);
    const groups = [...new Set(features.map(groupOf))];
    const groupIndex = features.map((feature) => groups.indexOf(groupOf(feature)));
    const columns = features.map((name) => numberColumn(raw, name));
    return Array.from({ length: raw.length }, (_, i) => {
      const own = values
        .subarray(i * features.length, (i + 1) * features.length)
        .map((effect) => effect / model.scoreSpread);
      return strongest(own, groupIndex, groups.length).map(({ input, effect }) => {
        const feature = features[input]!;
        const { values: all, valid } = columns[input]!;
        const value = valid?.[i] === 0 ? null : all[i]!;
        const typical = typicalOf.get(feature)!;
        return sentence({ feature, value, effect, typical }, wordOf.get(feature), horizonDays, write);
      });
    });
  };
}

/** The strongest groups by the size of their summed effect, each with its strongest input of the same sign. */
function strongest(
  effects: Float64Array,
  groupIndex: readonly number[],
  groupCount: number,
): { input: number; effect: number }[] {
  const sums = new Float64Array(groupCount);
  for (let j = 0; j < effects.length; j++) sums[groupIndex[j]!]! += effects[j]!;
  const order = Array.from(sums, (effect, group) => ({ effect, group }))
    .sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect) || a.group - b.group)
    .slice(0, LEARNED_MAX)
    .filter(({ effect }) => Math.abs(effect) > 0.01);
  return order.map(({ effect, group }) => {
    let input = -1;
    for (let j = 0; j < effects.length; j++)
      if (groupIndex[j] === group && (input < 0 || effects[j]! * effect > effects[input]! * effect)) input = j;
    return { input, effect };
  });
}

function sentence(
  { feature, value, effect, typical }: { feature: string; value: number | null; effect: number; typical: number },
  word: FeatureWords | undefined,
  horizonDays: number,
  write: ReturnType<typeof writer>,
): Reason {
  const about = word?.about ?? { en: feature.replaceAll('_', ' '), zh: feature.replaceAll('_', ' ') };
  const say = (language: 'en' | 'zh') =>
    value === null ? (language === 'en' ? 'none' : '无') : write(value, word?.unit, language);
  const raises = effect > 0;
  const title = about.en.charAt(0).toUpperCase() + about.en.slice(1);
  return {
    code: raises ? 'raises' : 'lowers',
    feature,
    value,
    effect: Math.round(effect * 1000) / 1000,
    en: `${title}: ${say('en')} (typical ${write(typical, word?.unit, 'en')}) ${raises ? 'raises' : 'lowers'} the margin expected over the next ${horizonDays} days`,
    zh: `${about.zh}：${say('zh')}（一般为 ${write(typical, word?.unit, 'zh')}），${raises ? '拉高' : '拉低'}未来 ${horizonDays} 天的预期毛利`,
  };
}
