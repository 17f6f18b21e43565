// Aim: the console's form gives back the condition that it was given, whatever is turned round or nested, and leaves out what
// says nothing yet.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Condition, holds, parseCondition } from '#segments/index.ts';
import { conditionOf, group, leafNode, nodeOf, rootOf, unsaidIn } from '../console/src/parts/condition/tree.ts';

// Orders and returns of 0 to 3 tell all such conditions apart.
const leaf = fc.record({
  field: fc.constantFrom('orders', 'returns'),
  op: fc.constantFrom('=', '>='),
  value: fc.nat(3),
});
const { tree } = fc.letrec<{ tree: Condition }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf as fc.Arbitrary<Condition>,
    fc.record({ all: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('tree') }),
  ),
}));
const people = Array.from({ length: 16 }, (_, i) => ({ orders: i % 4, returns: i >> 2 }));

test('what the form gives back holds the same people', () => {
  fc.assert(
    fc.property(tree, (condition) => {
      const back = parseCondition(conditionOf(rootOf(condition)));
      for (const person of people) assert.equal(holds(back, person), holds(condition, person), JSON.stringify(back));
    }),
    { seed: 3, numRuns: 500 },
  );
});

test('leaves that the form does not know, and how features write theirs, stay', () => {
  const odd = { all: [{ future: 1 }, { column: 'tier', in: ['gold'] }] };
  assert.deepEqual(conditionOf(rootOf(odd)), { all: [{ future: 1 }, { field: 'tier', op: 'in', value: ['gold'] }] });
  assert.deepEqual(conditionOf(rootOf({ not: { not: { did: 'viewed' } } })), { all: [{ did: 'viewed' }] });
});

test('what says nothing yet is left out and counted', () => {
  const empty = { field: 'tier', op: 'in', value: [] };
  const test = { did: 'viewed', where: [{ property: 'brand', op: 'in', value: [] }] };
  const whole = group('any', [leafNode(empty), leafNode(test, true), group('all'), nodeOf({ did: 'refund' })]);
  assert.deepEqual(conditionOf(whole), { any: [{ did: 'refund' }] });
  assert.equal(unsaidIn(whole), 2);
  assert.deepEqual(conditionOf(group('any', [leafNode(empty)])), { all: [] });
  for (const nothing of [undefined, null, 'x', 3, [], {}]) parseConditionOrLeaf(conditionOf(rootOf(nothing)));
});

/** Of what is no condition the form makes everybody, or shows the leaf as it is. */
const parseConditionOrLeaf = (made: unknown): void => {
  assert.ok(typeof made === 'object' && made !== null && 'all' in made);
};
