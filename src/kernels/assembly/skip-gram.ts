// Word vectors by the skip-gram with negative sampling: one pass of plain stochastic steps over some sentences.
import { exp2x } from './exp';
import { integer, seedRandom, uniform } from './random';

/**
 * Steps over sentences [from, to); words of sentence s: words[starts[s] .. starts[s + 1]), ids i32.
 * `keep` f32 [vocabulary] chance that an occurrence stays; `draws` i32 [drawCount] ids by their share of the negatives.
 * `inner`, `outer` f32 [vocabulary x width], width a multiple of 4. `scratch`: 4 x (longest sentence + width) bytes.
 * The rate falls in a line from `rate` at word `done` of `total` words, at least a ten-thousandth of it.
 * Returns the words passed, the ones left out among them.
 */
export function skipGram(
  words: usize, starts: usize, from: i32, to: i32, keep: usize, draws: usize, drawCount: i32,
  inner: usize, outer: usize, width: i32, window: i32, negatives: i32, rate: f64, done: f64, total: f64, seed: u32, scratch: usize,
): f64 {
  seedRandom(seed);
  const change = scratch;
  const kept = scratch + (<usize>width << 2);
  let passed: f64 = 0;
  for (let s = from; s < to; s++) {
    const start = load<i32>(starts + (<usize>s << 2));
    const end = load<i32>(starts + (<usize>(s + 1) << 2));
    let length = 0;
    for (let at = start; at < end; at++) {
      const word = load<i32>(words + (<usize>at << 2));
      if (uniform() >= <f64>load<f32>(keep + (<usize>word << 2))) continue;
      store<i32>(kept + (<usize>length << 2), word);
      length++;
    }
    const step = <f32>(rate * max(1e-4, 1 - (done + passed) / total));
    for (let at = 0; at < length; at++) {
      const reach = 1 + <i32>integer(window);
      const centre = inner + <usize>load<i32>(kept + (<usize>at << 2)) * (<usize>width << 2);
      for (let other = max(0, at - reach); other <= min(length - 1, at + reach); other++) {
        if (other == at) continue;
        const near = load<i32>(kept + (<usize>other << 2));
        pull(centre, near, outer, width, negatives, draws, drawCount, step, change);
      }
    }
    passed += <f64>(end - start);
  }
  return passed;
}

/** One step of the centre's vector towards the word near it and away from drawn ones. */
@inline
function pull(
  centre: usize, near: i32, outer: usize, width: i32, negatives: i32, draws: usize, drawCount: i32, step: f32, change: usize,
): void {
  const bytes = <usize>width << 2;
  memory.fill(change, 0, bytes);
  for (let n = 0; n <= negatives; n++) {
    let word = near;
    if (n > 0) {
      word = load<i32>(draws + (<usize>integer(drawCount) << 2));
      if (word == near) continue;
    }
    const target = outer + <usize>word * bytes;
    let sum = f32x4.splat(0);
    for (let at: usize = 0; at < bytes; at += 16) sum = f32x4.add(sum, f32x4.mul(v128.load(centre + at), v128.load(target + at)));
    const z = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3));
    const chance = <f32>(1.0 / (1.0 + f64x2.extract_lane(exp2x(f64x2.splat(-<f64>z)), 0)));
    const pulled = f32x4.splat(step * ((n == 0 ? <f32>1 : <f32>0) - chance));
    for (let at: usize = 0; at < bytes; at += 16) {
      const old = v128.load(target + at);
      v128.store(change + at, f32x4.add(v128.load(change + at), f32x4.mul(pulled, old)));
      v128.store(target + at, f32x4.add(old, f32x4.mul(pulled, v128.load(centre + at))));
    }
  }
  for (let at: usize = 0; at < bytes; at += 16) v128.store(centre + at, f32x4.add(v128.load(centre + at), v128.load(change + at)));
}
