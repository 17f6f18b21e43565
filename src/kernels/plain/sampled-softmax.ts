/** Twin of assembly/sampled-softmax.ts: the same single-precision steps in the same order. */
import type { Kernel, Machine } from '../machine.ts';
import { denseKernels } from './dense.ts';
import { exp, log } from './lanes.ts';

const { fround } = Math;
type Singles = Float32Array<SharedArrayBuffer>;

export function softmaxKernels(machine: Machine): Record<string, Kernel> {
  const { gemm32 } = denseKernels(machine);
  return {
    softmaxStep: (users = 0, count = 0, offsets = 0, indices = 0, drawn = 0, draws = 0, w = 0, h = 0, ...rest) => {
      const [width = 0, itemSums = 0, , temperature = 1, turn = 0, rate = 0, room = 0, scratch = 0] = rest;
      const m = machine.f32(0, machine.bytes >> 2);
      const own = scratch / 4;
      const pull = own + count * width;
      const others = pull + count * width + count;
      const turned = others + draws * width;
      const products = turned + draws * width;
      const back = products + count * draws;
      const units = back + count * draws;
      const slopes = units + room * width;
      const lengths: number[] = [];
      const slots = new Map<number, number>();
      const slotOf = (item: number): number => {
        const known = slots.get(item);
        if (known !== undefined) return known;
        const slot = slots.size;
        slots.set(item, slot);
        lengths.push(unit(m, h / 4 + item * width, units + slot * width, width));
        m.fill(0, slopes + slot * width, slopes + (slot + 1) * width);
        return slot;
      };
      const names = Array.from(machine.u32(drawn, draws));
      for (const [n, item] of names.entries()) {
        const from = units + slotOf(item) * width;
        m.copyWithin(others + n * width, from, from + width);
        for (let k = 0; k < width; k++) m[turned + k * draws + n] = m[from + k]!;
      }
      const batch = Array.from(machine.u32(users, count));
      const userLengths = batch.map((user, u) => unit(m, w / 4 + user * width, own + u * width, width));
      m.fill(0, products, products + count * draws);
      gemm32!(4 * own, 4 * turned, 4 * products, count, draws, width);
      m.fill(0, pull, pull + count * width);
      let loss = 0;
      const cold = 1 / temperature;
      for (const [u, user] of batch.entries()) {
        const row = products + u * draws;
        const sums = [0, 0];
        for (let n = 0; n < draws; n++) {
          const e = exp(cold * m[row + n]!);
          sums[n % 2]! += e;
          m[row + n] = e;
        }
        const all = sums[0]! + sums[1]!;
        const [from, to] = machine.i32(offsets + 4 * user, 2) as unknown as [number, number];
        const mine = own + u * width;
        let share = 0;
        for (const item of machine.i32(indices + 4 * from, to - from)) {
          const slot = slotOf(item) * width;
          const good = exp(cold * inner(m, mine, units + slot, width));
          const total = good + all;
          share += 1 / total;
          loss += log(total / good);
          const f = fround(-cold * (all / total));
          addTimes(m, pull + u * width, units + slot, f, width);
          addTimes(m, slopes + slot, mine, f, width);
        }
        const f = fround(cold * share);
        for (let n = 0; n < draws; n++) {
          m[row + n] = f * m[row + n]!;
          m[back + n * count + u] = m[row + n]!;
        }
      }
      gemm32!(4 * products, 4 * others, 4 * pull, count, width, draws);
      m.fill(0, turned, turned + draws * width);
      gemm32!(4 * back, 4 * own, 4 * turned, draws, width, count);
      for (const [n, item] of names.entries())
        addTimes(m, slopes + slots.get(item)! * width, turned + n * width, 1, width);
      for (const [u, user] of batch.entries()) {
        const at = pull + u * width;
        const size = fround(Math.sqrt(inner(m, at, at, width)));
        if (!(userLengths[u]! > 0) || !(size > 0)) continue;
        m.copyWithin(w / 4 + user * width, own + u * width, own + (u + 1) * width);
        addTimes(m, w / 4 + user * width, at, -fround(fround(turn) / size), width);
      }
      for (const [item, slot] of slots) {
        const [length, slope, at] = [lengths[slot]!, slopes + slot * width, units + slot * width];
        if (!(length > 0)) continue;
        addTimes(m, slope, at, -inner(m, slope, at, width), width);
        const total = fround(m[itemSums / 4 + item]! + fround(inner(m, slope, slope, width) / fround(length * length)));
        if (!(total > 0)) continue;
        m[itemSums / 4 + item] = total;
        const step = -fround(fround(rate) / fround(length * fround(Math.sqrt(total))));
        addTimes(m, h / 4 + item * width, slope, step, width);
      }
      return loss;
    },
  };
}

function inner(m: Singles, a: number, b: number, width: number): number {
  const lanes = new Float32Array(4);
  for (let k = 0; k < width; k++) lanes[k % 4]! += fround(m[a + k]! * m[b + k]!);
  return fround(fround(lanes[0]! + lanes[1]!) + fround(lanes[2]! + lanes[3]!));
}

function addTimes(m: Singles, to: number, from: number, factor: number, width: number): void {
  for (let k = 0; k < width; k++) m[to + k] = m[to + k]! + fround(factor * m[from + k]!);
}

function unit(m: Singles, x: number, to: number, width: number): number {
  const length = fround(Math.sqrt(inner(m, x, x, width)));
  const f = length > 0 ? fround(1 / length) : 0;
  for (let k = 0; k < width; k++) m[to + k] = f * m[x + k]!;
  return length;
}
