// Aim: scores out of fold know nothing of the fold: on a placebo they are no better than chance, where a shortcut looks better.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '#kernels/random.ts';
import { numbers, table, take } from '#table/index.ts';
import { effectLine } from './calibrate.ts';
import { crossScores, fitMethod, nuisanceOf, predictMethod } from './methods.ts';
import { doublyRobust, type Nuisance } from './nuisance.ts';
import { type Trial, trialAt } from './trial.ts';

function placebo(seed: number): Trial {
  const draw = random(seed);
  const rows = 1500;
  const features = Array.from({ length: 8 }, (_, f) => `x${f}`);
  const columns = features.map(
    (name) => [name, numbers(Float64Array.from({ length: rows }, () => draw.normal()))] as const,
  );
  return {
    ...{ data: table(Object.fromEntries(columns)), features, binary: false },
    treated: Uint8Array.from({ length: rows }, () => Number(draw.uniform() < 0.5)),
    outcome: Float64Array.from({ length: rows }, () => draw.normal()),
    propensity: new Float64Array(rows).fill(0.5),
  };
}

/** The broken control: pseudo-outcomes whose models saw the fold that is held out. */
function shortcut(trial: Trial, nuisance: Nuisance, seed: number): Float64Array {
  const { fold, folds } = nuisance;
  const all = Int32Array.from(fold, (_, i) => i);
  const out = new Float64Array(fold.length);
  for (let k = 0; k < folds; k++) {
    const [train, held] = [all.filter((i) => fold[i] !== k), all.filter((i) => fold[i] === k)];
    const own = {
      ...{ fold: Uint8Array.from(train, (i) => fold[i]!), folds },
      control: Float64Array.from(train, (i) => nuisance.control[i]!),
      treated: Float64Array.from(train, (i) => nuisance.treated[i]!),
    };
    const model = fitMethod('x', trialAt(trial, train), own, { seed, threads: 1 });
    for (const [j, score] of predictMethod(model, take(trial.data, held), 1).entries()) out[held[j]!] = score;
  }
  return out;
}

test('on a placebo honest scores explain nothing, and the shortcut seems to explain something', () => {
  const runs = 4;
  let [honest, leaky] = [0, 0];
  for (let seed = 0; seed < runs; seed++) {
    const trial = placebo(seed);
    const nuisance = nuisanceOf(trial, 3, { seed, threads: 1 });
    const pseudo = doublyRobust(trial, nuisance);
    const z = (score: Float64Array): number => {
      const { slopeFound, slopeSe } = effectLine(score, pseudo);
      return slopeFound / slopeSe / runs;
    };
    honest += z(crossScores(['x'], trial, nuisance, { seed, threads: 1 })[0]!);
    leaky += z(shortcut(trial, nuisance, seed));
  }
  // The mean of 4 standard normals is below 1.5 but once in 740 times; the shortcut's was about 2.5.
  assert.ok(honest < 1.5, `honest ${honest}`);
  assert.ok(leaky > honest + 1.5, `honest ${honest}, shortcut ${leaky}`);
});
