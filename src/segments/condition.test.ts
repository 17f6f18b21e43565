// Aim: a condition means the same in SQL and over one row, binds its values, and refuses what it doesn't know.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { openDuckdb } from '#engines/index.ts';
import {
  type Condition,
  conditionSql,
  fieldsOf,
  holds,
  type Leaf,
  type PersonValues,
  parseCondition,
} from './index.ts';

const compute = await openDuckdb({ threads: 1 });
after(() => compute.close());

const TIERS = ['gold', 'base', "o'hara; drop table people", '金'];
const TAGS = ['deal-seeker', 'night', "a'b"];
const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { freq: 4 });
const money = fc.integer({ min: -3, max: 3 });

const person = fc.record({
  tier: maybe(fc.constantFrom(...TIERS)),
  tags: maybe(fc.uniqueArray(fc.constantFrom(...TAGS))),
  value_minor: maybe(money),
  p_alive: maybe(fc.constantFrom(0, 0.25, 0.5, 1)),
  consent_marketing: maybe(fc.boolean()),
});

const leaf: fc.Arbitrary<Leaf> = fc.oneof(
  fc.record({ field: fc.constant('value_minor'), op: fc.constantFrom('=', '!=', '<', '<=', '>', '>='), value: money }),
  fc.record({ field: fc.constant('p_alive'), op: fc.constantFrom('<', '>='), value: fc.constantFrom(0.25, 0.5) }),
  fc.record({ field: fc.constant('tier'), op: fc.constantFrom('=', '!='), value: fc.constantFrom(...TIERS) }),
  fc.record({ field: fc.constant('tier'), op: fc.constant('in'), value: fc.subarray(TIERS) }),
  fc.record({ field: fc.constantFrom('tags', 'tag'), op: fc.constantFrom('=', '!='), value: fc.constantFrom(...TAGS) }),
  fc.record({ field: fc.constant('tags'), op: fc.constant('in'), value: fc.subarray(TAGS) }),
  fc.record({ field: fc.constant('consent_marketing'), op: fc.constantFrom('=', '!='), value: fc.boolean() }),
  fc.record({
    field: fc.constantFrom('tier', 'tags', 'value_minor', 'consent_marketing'),
    op: fc.constant('missing'),
    value: fc.boolean(),
  }),
);

const { tree } = fc.letrec<{ tree: Condition }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.record({ all: fc.array(tie('tree'), { maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('tree'), { maxLength: 3 }) }),
    fc.record({ not: tie('tree') }),
  ),
}));

test('SQL and the plain evaluator agree on every person', async () => {
  const people = fc.sample(person, { numRuns: 80, seed: 5 });
  await compute.run(`create table people (id integer, tier varchar, tags varchar[], value_minor bigint, p_alive double,
    consent_marketing boolean)`);
  for (const [id, { tags, ...each }] of people.entries()) {
    const list = tags === null ? 'null' : `[${tags.map((_, i) => `$t${i}`).join(', ')}]::varchar[]`;
    const bound = Object.fromEntries((tags ?? []).map((tag, i) => [`t${i}`, tag]));
    await compute.run(`insert into people values ($id, $tier, ${list}, $value_minor, $p_alive, $consent_marketing)`, {
      id,
      ...each,
      ...bound,
    });
  }
  await fc.assert(
    fc.asyncProperty(tree, async (input) => {
      const condition = parseCondition(JSON.stringify(input));
      const { sql, params } = conditionSql(condition);
      const rows = await compute.rows<{ id: number }>(
        `select id from people p, (select 1) v, (select 1) b where ${sql.replaceAll(/\b[tv]\./g, 'p.')} order by id`,
        params,
      );
      const expected = people.flatMap((own, id) => {
        const values: PersonValues = { ...own, tag: own.tags };
        return holds(condition, values) ? [id] : [];
      });
      assert.deepEqual(
        rows.map((row) => row.id),
        expected,
      );
    }),
    { seed: 6, numRuns: 250 },
  );
});

test('values are bound, never part of the SQL', () => {
  const { sql, params } = conditionSql({ field: 'city', op: 'in', value: ["x'); drop table profiles; --"] });
  assert.equal(sql, 'coalesce(p.city in ($c0), false)');
  assert.deepEqual(params, { c0: "x'); drop table profiles; --" });
});

test('the leaves of feature definitions are understood', () => {
  const condition = parseCondition({
    all: [
      { column: 'tier', in: ['gold'] },
      { column: 'recency_days', is: '<=', value: 30 },
      { not: { column: 'city', missing: true } },
    ],
  });
  assert.deepEqual(condition, {
    all: [
      { field: 'tier', op: 'in', value: ['gold'] },
      { field: 'recency_days', op: '<=', value: 30 },
      { not: { field: 'city', op: 'missing', value: true } },
    ],
  });
  assert.deepEqual(fieldsOf(condition), ['tier', 'recency_days', 'city']);
});

test('what is not a condition is refused, with the place and the way out', () => {
  const refused = (input: unknown, code: string, message: RegExp) =>
    assert.throws(() => parseCondition(input), { code, message });
  refused({ field: 'salary', op: '=', value: 1 }, 'CONDITION_FIELD_UNKNOWN', /no field is called salary; have tier, /);
  refused({ field: 'toString', op: '=', value: 1 }, 'CONDITION_FIELD_UNKNOWN', /toString/);
  refused({ field: 'orders', op: '=', value: 'many' }, 'CONDITION_VALUE', /orders = "many" .* a number/);
  refused({ field: 'city', op: '<', value: 'B' }, 'CONDITION_VALUE', /one of =, !=, in and missing/);
  refused({ field: 'tier', op: 'in', value: 'gold' }, 'CONDITION_VALUE', /a list of strings/);
  refused({ field: 'tier', op: 'like', value: 'g%' }, 'CONDITION_INVALID', /condition is/);
  refused({ all: [{ any: [{}] }] }, 'CONDITION_INVALID', /condition\.all\[0\]\.any\[0\] is \{\}/);
  refused({ all: [], any: [] }, 'CONDITION_INVALID', /expected/);
  refused('tier = gold', 'CONDITION_INVALID', /tier = gold/);
  refused(null, 'CONDITION_INVALID', /null/);
  let deep: unknown = { field: 'orders', op: '>', value: 1 };
  for (let i = 0; i < 40; i++) deep = { not: deep };
  refused(deep, 'CONDITION_INVALID', /not/);
  const wide = { any: Array.from({ length: 501 }, () => ({ field: 'orders', op: '>', value: 1 })) };
  refused(wide, 'CONDITION_INVALID', /any/);
});
