/** Twin of assembly/skip-gram.ts: one pass of the skip-gram with negative sampling. */
import type { Kernel, Machine } from '../machine.ts';
import { random } from '../random.ts';
import { plainExp } from './exp.ts';
import { fourLanes } from './nearest.ts';

const { fround } = Math;

export function skipGramKernels(machine: Machine): Record<string, Kernel> {
  return {
    skipGram: (...args) => {
      const [words = 0, starts = 0, from = 0, to = 0, keep = 0, draws = 0, drawCount = 0, inner = 0, outer = 0] = args;
      const [width = 0, window = 0, negatives = 0, rate = 0, done = 0, total = 0, seed = 0, scratch = 0] =
        args.slice(9);
      const floats = machine.f32(0, machine.bytes >> 2);
      const ids = machine.i32(0, machine.bytes >> 2);
      const draw = random(seed);
      const pull = (centre: number, near: number, step: number) => {
        const change = floats.subarray(scratch / 4, scratch / 4 + width).fill(0);
        for (let n = 0; n <= negatives; n++) {
          const word = n === 0 ? near : ids[draws / 4 + draw.integer(drawCount)]!;
          if (n > 0 && word === near) continue;
          const target = outer / 4 + word * width;
          const chance = fround(1 / (1 + plainExp(-fourLanes(floats, centre, target, width))));
          const pulled = fround(step * fround((n === 0 ? 1 : 0) - chance));
          for (let j = 0; j < width; j++) {
            const old = floats[target + j]!;
            change[j] = change[j]! + fround(pulled * old);
            floats[target + j] = old + fround(pulled * floats[centre + j]!);
          }
        }
        for (let j = 0; j < width; j++) floats[centre + j]! += change[j]!;
      };
      let passed = 0;
      for (let s = from; s < to; s++) {
        const sentence = ids.subarray(ids[starts / 4 + s]! + words / 4, ids[starts / 4 + s + 1]! + words / 4);
        const kept = sentence.filter((word) => draw.uniform() < floats[keep / 4 + word]!);
        const step = fround(rate * Math.max(1e-4, 1 - (done + passed) / total));
        for (const [at, word] of kept.entries()) {
          const reach = 1 + draw.integer(window);
          for (let other = Math.max(0, at - reach); other <= Math.min(kept.length - 1, at + reach); other++)
            if (other !== at) pull(inner / 4 + word * width, kept[other]!, step);
        }
        passed += sentence.length;
      }
      return passed;
    },
  };
}
