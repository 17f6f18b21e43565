/** The dictionary of tags as a table. */
import type { Compute } from '#engines/index.ts';
import { FAN, TAGS, tagWords, type Words } from './tags.ts';

const FAN_WORDS: Words = {
  en: 'a fifth of spend, and twice the share of the shop',
  zh: '占本人消费五分之一以上，且为全店占比两倍以上',
};
const GROUP_WORDS: Words = { en: 'group found by clustering', zh: '聚类得出的客群' };

/**
 * Makes `profile_tags` of every rule and of all other tags in `profiles`.
 *
 * @returns customers by tag, most first
 */
export async function makeTagTable(compute: Compute): Promise<Record<string, number>> {
  const used = await compute.rows<{ tag: string; n: number }>(
    'select tag, count(*) as n from (select unnest(tags) as tag from profiles) group by tag order by n desc, tag',
  );
  const counts = Object.fromEntries(used.map(({ tag, n }) => [tag, n]));
  const keys = [...new Set([...TAGS.map((each) => each.key), ...used.map((each) => each.tag)])];
  const names = await compute.rows<{ name: string; zh: string | null }>('from profile_names');
  const chinese = new Map(names.map(({ name, zh }) => [name, zh]));
  await compute.run(`create or replace table profile_tags
    (key varchar, kind varchar, en varchar, zh varchar, about_en varchar, about_zh varchar, customers bigint)`);
  for (const key of keys) {
    const rule = TAGS.find((each) => each.key === key);
    const fan = key.startsWith(FAN);
    const { en, zh } = tagWords(key, (name) => chinese.get(name) ?? null);
    const about = rule?.about ?? (fan ? FAN_WORDS : GROUP_WORDS);
    const kind = rule !== undefined ? 'rule' : fan ? 'fan' : 'learned';
    await compute.run('insert into profile_tags values ($key, $kind, $en, $zh, $about_en, $about_zh, $customers)', {
      ...{ key, kind, en, zh },
      about_en: about.en,
      about_zh: about.zh,
      customers: counts[key] ?? 0,
    });
  }
  return counts;
}
