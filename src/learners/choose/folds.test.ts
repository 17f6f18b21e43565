// Aim: folds are disjoint and complete, part no group, never look ahead, keep the mix of classes, and do not know row order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { random } from '#kernels/random.ts';
import { numberColumn, numbers, table, take, texts } from '#table/index.ts';
import { canonicalOrder } from './canonical.ts';
import { type Fold, type FoldPlan, foldsOf } from './folds.ts';

const data = (rows: number, seed: number) => {
  const draw = random(seed);
  const pick = (below: number) => Array.from({ length: rows }, () => draw.integer(below));
  return table({
    x: numbers(pick(1000)),
    who: texts(pick(40).map((id) => (id === 7 ? null : `c${id}`))),
    day: numbers(pick(60)),
    tier: numbers(pick(20).map((n) => (n === 0 ? 1 : 0))),
  });
};
const labels = (of: ReturnType<typeof data>) => numberColumn(of, 'tier').values;

function assertPartition(folds: readonly Fold[], rows: number): void {
  const seen = new Int32Array(rows);
  for (const { train, test } of folds) {
    assert.equal(train.length + test.length, rows);
    const inTest = new Set(test);
    assert.ok(train.every((i) => !inTest.has(i)));
    for (const i of test) seen[i]! += 1;
  }
  assert.ok(seen.every((n) => n === 1));
}

test('law: each row is judged once, and never by a model that learned from it', () => {
  const plans = fc.constantFrom<FoldPlan['by']>('rows', 'classes', 'group');
  fc.assert(
    fc.property(
      plans,
      fc.integer({ min: 60, max: 200 }),
      fc.integer({ min: 2, max: 5 }),
      fc.nat(99),
      (by, rows, folds, seed) => {
        const given = data(rows, seed);
        const made = foldsOf(given, { by, folds, column: 'who' } as FoldPlan, seed, labels(given));
        assertPartition(made, rows);
        if (by !== 'group') for (const { test } of made) assert.ok(Math.abs(test.length - rows / folds) < 1);
      },
    ),
    { seed: 3, numRuns: 60 },
  );
});

test('a group stands in one fold, those without a name together; another seed folds otherwise', () => {
  const given = data(500, 1);
  const who = given.columns.who!;
  const foldOf = (seed: number) => {
    const out = new Map<number, Set<number>>();
    for (const [fold, { test }] of foldsOf(given, { by: 'group', column: 'who', folds: 4 }, seed).entries())
      for (const i of test) {
        const code = who.kind === 'text' ? who.codes[i]! : 0;
        out.set(code, (out.get(code) ?? new Set()).add(fold));
      }
    return out;
  };
  assert.ok([...foldOf(1).values()].every((folds) => folds.size === 1));
  assert.notDeepEqual(foldOf(1), foldOf(2));
});

test('classes keep their share in each fold to within one row', () => {
  const given = data(400, 5);
  const own = labels(given);
  const whole = own.reduce((sum, n) => sum + n, 0);
  for (const { test } of foldsOf(given, { by: 'classes', folds: 5 }, 1, own))
    assert.ok(Math.abs(test.reduce((sum, i) => sum + own[i]!, 0) - whole / 5) < 1);
});

test('folds by time never look ahead, keep the gap, and part no moment', () => {
  const given = data(600, 9);
  const day = numberColumn(given, 'day').values;
  const judged = new Set<number>();
  for (const gap of [0, 5]) {
    judged.clear();
    for (const { train, test } of foldsOf(given, { by: 'time', column: 'day', folds: 4, gap }, 1)) {
      const first = test.reduce((least, i) => Math.min(least, day[i]!), Number.POSITIVE_INFINITY);
      const last = train.reduce((most, i) => Math.max(most, day[i]!), Number.NEGATIVE_INFINITY);
      assert.ok(last < first && last <= first - gap, `${last} ${first}`);
      for (const i of test) {
        assert.ok(!judged.has(i));
        judged.add(i);
      }
      const days = new Set(Array.from(test, (i) => day[i]!));
      assert.equal(day.filter((own) => days.has(own)).length, test.length);
    }
    assert.ok(judged.size > 600 * 0.7); // four fifths, less what shares its day with the first block
  }
  assert.throws(() => foldsOf(given, { by: 'time', column: 'day', folds: 4, gap: 99 }, 1), {
    code: 'FOLDS_IMPOSSIBLE',
  });
  assert.throws(() => foldsOf(given, { by: 'rows', folds: 601 }, 1), { code: 'FOLDS_IMPOSSIBLE' });
  assert.throws(() => foldsOf(given, { by: 'group', column: 'no', folds: 2 }, 1), { code: 'FEATURE_MISSING' });
});

test('law: the canonical order gives one table for all orders of the rows, and tells -0 from nothing else', () => {
  const given = data(300, 4);
  const draw = random(8);
  const shuffled = Int32Array.from({ length: 300 }, (_, i) => i);
  for (let i = 299; i > 0; i--) {
    const j = draw.integer(i + 1);
    [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
  }
  const again = take(given, shuffled);
  assert.deepEqual(take(again, canonicalOrder(again)), take(given, canonicalOrder(given)));
  const zeros = canonicalOrder(table({ x: numbers([0, -0, 0, -0]) }));
  assert.deepEqual(Array.from(zeros), [0, 1, 2, 3]);
});
