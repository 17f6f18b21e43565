// Aim: saved segments survive a write that was cut off, keep their history, and are counted by a run as they would be asked.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openDuckdb, writeParquet } from '#engines/index.ts';
import { textAt } from '#table/index.ts';
import { countSegments } from './count.ts';
import { libraryOf } from './folder.ts';
import { freeze } from './freeze.ts';
import { idsIn } from './lists.ts';
import { parseCondition } from './parse.ts';
import { changeSegment, createSegment, deleteSegment, readSegment, readSegments, versionsOf } from './saved.ts';

const compute = await openDuckdb({ threads: 1 });
const dir = mkdtempSync(join(tmpdir(), 'tierwise-saved-'));
const act = { actor: 'ann', now: 1000 };
const none = async () => undefined;
const draft = (name: string, condition: unknown, schedule: 'each run' | 'once' = 'each run') => ({
  ...{ name, about: '', condition: parseCondition(condition), schedule },
});
before(async () => {
  await compute.run(
    `create table profiles as select 'C' || i as customer_id, i as orders, null::varchar as city from range(10) t(i)`,
  );
});
after(async () => {
  await compute.close();
  rmSync(dir, { recursive: true, force: true });
});

test('history is kept; a change that was cut off after its version was claimed is whole', async () => {
  const made = await createSegment(dir, draft('Two', { field: 'orders', op: '>=', value: 2 }), act, none);
  const next = await changeSegment(
    dir,
    { ...draft('Three', { field: 'orders', op: '>=', value: 3 }), id: made.id, seen: 1 },
    act,
    none,
  );
  // As a process leaves it that stops between the claim and the copy.
  writeFileSync(join(dir, 'segments', `${made.id}.json`), JSON.stringify(made));
  assert.deepEqual(readSegment(dir, made.id), next);
  assert.deepEqual(readSegments(dir), [next]);
  assert.deepEqual(versionsOf(dir, made.id), [next, made]);
  await assert.rejects(changeSegment(dir, { ...draft('x', { all: [] }), id: made.id, seen: 1 }, act, none), {
    code: 'SEGMENT_CHANGED',
  });
  rmSync(join(dir, 'segments', `${made.id}.json`));
  assert.deepEqual(readSegment(dir, made.id), next);
  deleteSegment(dir, { id: made.id, seen: 2 }, act);
  // Even where the copy had not gone.
  writeFileSync(join(dir, 'segments', `${made.id}.json`), JSON.stringify(next));
  assert.throws(() => readSegment(dir, made.id), { code: 'SEGMENT_UNKNOWN' });
  assert.deepEqual(readSegments(dir), []);
  for (const id of ['__proto__', '../x', '', 'toString'])
    assert.throws(() => readSegment(dir, id), { code: 'SEGMENT_UNKNOWN' });
});

test('a run counts every segment, keeps the counts of the runs before, and tells of one that cannot be asked', async () => {
  const moving = await createSegment(dir, draft('Moving', { field: 'orders', op: '>=', value: 4 }), act, none);
  const still = await createSegment(dir, draft('Still', { segment: moving.id }, 'once'), act, none);
  const lost = await createSegment(dir, draft('Lost', { list: 'gone' }), act, none);
  const history = join(dir, 'history.parquet');
  const run = async (asOf: number) => {
    const counted = await countSegments(compute, { dir, asOf, timeZone: 'UTC', before: history });
    await writeParquet(compute, 'from segment_history', history);
    return new Map(counted.map((each) => [each.id, each]));
  };
  writeFileSync(join(dir, 'segments', 'broken.json'), '{');
  const first = await run(1);
  assert.match(first.get('broken')?.error ?? '', /broken.json/);
  rmSync(join(dir, 'segments', 'broken.json'));
  assert.deepEqual([first.get(moving.id)?.customers, first.get(still.id)?.customers], [6, 6]);
  assert.deepEqual(first.get(lost.id)?.customers, null);
  assert.match(first.get(lost.id)?.error ?? '', /gone/);
  await compute.run(
    `insert into profiles values ('D', 99, null); delete from profiles where customer_id in ('C8', 'C9')`,
  );
  const second = await run(2);
  assert.deepEqual([second.get(moving.id)?.customers, second.get(still.id)?.customers], [5, 4]);
  await run(2);
  assert.deepEqual(
    await compute.rows(
      'select as_of, segment_id as id, customers as n from segment_history where segment_id = $id order by 1',
      { id: moving.id },
    ),
    [
      { as_of: 1, id: moving.id, n: 6 },
      { as_of: 2, id: moving.id, n: 5 },
    ],
  );
  assert.deepEqual(
    await compute.rows('select customer_id as id from segment_members where segment_id = $id order by 1', {
      id: moving.id,
    }),
    ['C4', 'C5', 'C6', 'C7', 'D'].map((id) => ({ id })),
  );
});

test('a frozen audience has the people of its definition, in order, and a hash that tells definitions apart', async () => {
  const ground = { asOf: 5, timeZone: 'UTC', library: libraryOf(dir) };
  const segment = readSegments(dir).find(({ name }) => name === 'Moving')!;
  const into = join(dir, 'audience.parquet');
  const byId = await freeze(compute, segment.id, ground, into);
  const byRule = await freeze(compute, segment.condition, ground);
  const ids = Array.from({ length: byId.customers }, (_, i) => textAt(byId.ids, i));
  assert.deepEqual(ids, ['C4', 'C5', 'C6', 'C7', 'D']);
  assert.deepEqual(
    await compute.rows('select customer_id as id from read_parquet($into)', { into }),
    ids.map((id) => ({ id })),
  );
  assert.deepEqual(byId.condition, segment.condition);
  assert.equal(byId.hash, byRule.hash);
  assert.notEqual((await freeze(compute, segment.condition, { ...ground, asOf: 6 })).hash, byId.hash);
  assert.notEqual((await freeze(compute, { not: segment.condition }, ground)).hash, byId.hash);
});

test('lists are read as people write them', () => {
  const CASES: [string, string[]][] = [
    ['a\nb\n\n c \n', ['a', 'b', 'c']],
    ['\uFEFFCustomer ID;Name\r\n1;x\r\n2;y', ['1', '2']],
    ['name\tuser_id\nx\t1\ny\t', ['1']],
    ['客户编号\n张三', ['张三']],
    ['"a,b",1\n"c""d",2', ['a,b', 'c"d']],
    ['id', []],
    ['', []],
    ['0012\r1e5\r__proto__', ['0012', '1e5', '__proto__']],
  ];
  for (const [text, ids] of CASES) assert.deepEqual(idsIn(text), ids, JSON.stringify(text));
  assert.throws(() => idsIn(`a\n${'x'.repeat(201)}`), { code: 'SEGMENT_INVALID', message: /row 2/ });
  assert.throws(() => idsIn('"a\nb'), { code: 'SEGMENT_INVALID' });
});
