/** One customer in one row. */
import type { Compute } from '#engines/index.ts';
import { quoted } from '#engines/index.ts';
import { CUSTOMER_FEATURES, makeFeatures } from '#features/index.ts';
import { assemble } from './assemble.ts';
import { makeGroups } from './groups.ts';
import { resolved, ruleColumns, rulesSql } from './rules.ts';
import { HABITS, makeSimilar } from './similar.ts';
import { makeTagTable } from './tag-table.ts';
import { FAN, TAGS, TRAITS } from './tags.ts';
import { makeNames, makeTaste } from './taste.ts';

export interface ProfileOptions {
  /** Epoch milliseconds; nothing later is seen. */
  readonly asOf: number;
  /** IANA zone of the shop. */
  readonly timeZone: string;
  readonly seed: number;
  /** A table of CUSTOMER_FEATURES as of the same moment; made and dropped again where it is not given. */
  readonly features?: string;
}

export interface ProfileReport {
  readonly customers: number;
  /** Customers by tag. */
  readonly tags: Readonly<Record<string, number>>;
  readonly groups: { readonly k: number; readonly silhouettes: Readonly<Record<number, number>> };
}

/**
 * Makes the table `profiles`, one row a customer known as of the moment, in order of customer_id; `profile_tags` (key,
 * kind, en, zh, about_en, about_zh, customers); and `profile_names` (name, zh) of the categories. Customers who do not
 * consent to profiling (consent_personal is false) keep their counts, but have no tags, tastes or similar customers and
 * are nobody's similar customer.
 */
export async function makeProfiles(compute: Compute, options: ProfileOptions): Promise<ProfileReport> {
  const { asOf, timeZone, seed } = options;
  const features = options.features ?? 'profiles_tmp_features';
  if (options.features === undefined)
    await makeFeatures(compute, CUSTOMER_FEATURES, { of: 'customer', asOf, timeZone, into: features });
  await compute.run(
    `create or replace table profiles_tmp_customers as
     select f.customer_id, ${usedFeatures()
       .map((name) => `f.${quoted(name)}`)
       .join(', ')}
     from ${quoted(features)} f left join customers c using (customer_id)
     where c.consent_personal is distinct from false`,
  );
  await compute.run(
    `create or replace table profiles_tmp_people as
     select customer_id, row_number() over (order by customer_id) - 1 as i from profiles_tmp_customers where orders > 0`,
  );
  for (const kind of ['category', 'brand'] as const) await makeTaste(compute, kind, asOf);
  await makeRuleTags(compute);
  const groups = await makeGroups(compute, seed);
  await makeSimilar(compute, seed);
  await compute.run('drop table profiles_tmp_customers; drop table profiles_tmp_people');
  await assemble(compute, features, asOf);
  await makeNames(compute);
  const tags = await makeTagTable(compute);
  const temporary = ['category', 'brand', 'tags', 'groups', 'similar'];
  if (options.features === undefined) temporary.push('features');
  for (const name of temporary) await compute.run(`drop table if exists profiles_tmp_${name}`);
  const [counted] = await compute.rows<{ n: number }>('select count(*) as n from profiles');
  return { customers: counted!.n, tags, groups };
}

/** The features that tags, groups and similarity look at. */
const usedFeatures = (): string[] => [...new Set(['orders', ...ruleColumns(TAGS), ...Object.keys(TRAITS), ...HABITS])];

/**
 * A fan gives a category at least a fifth of the spend and twice the shop's share, over three orders or more; one
 * category a customer, and the 20 categories with most fans, each with five or more.
 */
const FANS = `
  candidates as (
    select customer_id, arg_max(name, (weight, name)) as name from profiles_tmp_category
    where share >= 0.2 and lift >= 2
      and customer_id in (select customer_id from profiles_tmp_customers where orders >= 3)
    group by customer_id),
  crowds as (
    select name from candidates group by name having count(*) >= 5 order by count(*) desc, name limit 20),
  fans as (select customer_id, name from candidates where name in (select name from crowds))`;

async function makeRuleTags(compute: Compute): Promise<void> {
  const rules = await resolved(compute, TAGS);
  const fan = `case when fans.name is not null then '${FAN}' || fans.name end`;
  await compute.run(
    `create or replace table profiles_tmp_tags as with ${FANS}
     select f.customer_id, list_filter([${rulesSql(rules)}, ${fan}], tag -> tag is not null) as tags
     from profiles_tmp_customers f left join fans using (customer_id)`,
  );
}
