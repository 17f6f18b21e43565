/** What keys are called, in both languages. A key without a name is shown as it is. */
import { TAGS, tagWords } from '#profiles/index.ts';
import { RFM_SEGMENTS } from '#value/index.ts';
import { at, textAt } from './facts.ts';

interface Named {
  readonly key: string;
  readonly en: string;
  readonly zh: string;
}

/**
 * Rule tags first, in the order of their dictionary, then those that were learned.
 *
 * @param chinese Chinese names of category paths
 */
export function namedTags(keys: readonly string[], chinese: ReadonlyMap<string, string>): Named[] {
  const place = (key: string) => {
    const found = TAGS.findIndex((tag) => tag.key === key);
    return found < 0 ? TAGS.length : found;
  };
  return keys
    .toSorted((a, b) => place(a) - place(b) || (a < b ? -1 : 1))
    .map((key) => {
      const { en, zh } = tagWords(key, (path) => chinese.get(path) ?? null);
      return { key, en, zh };
    });
}

/** From the best to the lost; segments without a name last. */
export function namedSegments(keys: readonly string[]): Named[] {
  const named = RFM_SEGMENTS.filter(({ key }) => keys.includes(key)).map(({ key, en, zh }) => ({ key, en, zh }));
  const others = keys.filter((key) => !RFM_SEGMENTS.some((segment) => segment.key === key));
  return [...named, ...others.map((key) => ({ key, en: key, zh: key }))];
}

/** The tiers of the policy in the report, lowest first; where the report has none, those of the data. */
export function tierNames(
  report: unknown,
  seen: readonly { key: string; index: number }[],
): { key: string; index: number; en: string; zh: string }[] {
  const listed = at(report, 'policy', 'tiers');
  const policy = (Array.isArray(listed) ? listed : []).flatMap((tier: unknown, index) => {
    const key = textAt(tier, 'key');
    if (key === null) return [];
    return [{ key, index, en: textAt(tier, 'en') ?? key, zh: textAt(tier, 'zh') ?? key }];
  });
  if (seen.every(({ key, index }) => policy[index]?.key === key)) return policy;
  const names = new Map(policy.map((tier) => [tier.key, tier]));
  return seen.map(({ key, index }) => ({ key, index, en: names.get(key)?.en ?? key, zh: names.get(key)?.zh ?? key }));
}
