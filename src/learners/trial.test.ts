// Aim: rows without a label and classes that training lacked are counted honestly; the task that is guessed fits the label.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numbers, table, texts } from '#table/index.ts';
import { judge } from './judge.ts';
import type { Fitted } from './learner.ts';
import { outcomeOf, taskOf } from './trial.ts';

test('text and few whole numbers are classes, others numbers', () => {
  const upTo = (n: number) => numbers(Array.from({ length: 100 }, (_, i) => i % n));
  assert.equal(taskOf(texts(['a', 'b'])), 'classify');
  assert.equal(taskOf(upTo(20)), 'classify');
  assert.equal(taskOf(upTo(21)), 'regress');
  assert.equal(taskOf(numbers([0, 1, 0.5])), 'regress');
  assert.equal(taskOf(numbers([0, null, 1])), 'classify');
});

test('rows without a label are left out and told', () => {
  const model: Fitted = { kind: 'x', task: 'regress', classes: [], features: [] };
  const outcome = outcomeOf(model, Float64Array.of(1, 2, 3), table({ y: numbers([1, null, 5]) }), { label: 'y' });
  assert.deepEqual(
    [[...outcome.predicted], [...outcome.target]],
    [
      [1, 3],
      [1, 5],
    ],
  );
  assert.deepEqual(outcome.warnings, ['1 rows without a label are not judged']);
});

test('a class that training lacked counts as missed, in its place among numbers', () => {
  const model: Fitted = { kind: 'x', task: 'ordinal', classes: ['1', '3'], features: [] };
  const predicted = Float64Array.of(0.9, 0.1, 0.2, 0.8, 0.7, 0.3);
  const outcome = outcomeOf(model, predicted, table({ y: numbers([1, 3, 2]) }), { label: 'y' });
  assert.deepEqual(outcome.classes, ['1', '2', '3']);
  assert.deepEqual([...outcome.target], [0, 2, 1]);
  assert.deepEqual([...outcome.predicted], [0.9, 0, 0.1, 0.2, 0, 0.8, 0.7, 0, 0.3]);
  assert.equal(judge({ task: 'ordinal', ...outcome }).accuracy, 2 / 3);
  assert.match(outcome.warnings[0]!, /lack count as missed: 2/);
});
