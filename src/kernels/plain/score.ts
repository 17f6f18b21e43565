/** Twin of `assembly/score.ts`. */
import type { Kernel, Machine } from '../machine.ts';

const MISSING = 65_535;

export function plainScore(machine: Machine): Record<string, Kernel> {
  const next = (nodes: number, sets: number, node: number, row: Uint16Array): number => {
    const [word = 0, left = 0] = machine.u32(nodes + 8 * node, 2);
    const bin = row[word & 0x3fff]!;
    const threshold = word >>> 16;
    const missingLeft = ((word >>> 15) & 1) === 1;
    const isSet = sets !== 0 && (word & 0x4000) !== 0;
    if (bin === MISSING) return left + (missingLeft || (!isSet && threshold === MISSING) ? 0 : 1);
    if (!isSet) return left + (bin <= threshold ? 0 : 1);
    const inSet = bin < 256 && ((machine.u8(sets + 32 * threshold + (bin >> 3), 1)[0]! >> (bin & 7)) & 1) === 1;
    return left + (inSet ? 0 : 1);
  };
  return {
    scoreTrees: (bins, rowBytes, count, nodes, sets, roots, trees, values, wide, width, out) => {
      const scores = machine.f64(out!, count! * width!);
      for (let i = 0; i < count!; i++) {
        const row = machine.u16(bins! + i * rowBytes!, rowBytes! / 2);
        for (const [t, root] of machine.u32(roots!, trees!).entries()) {
          let node = root;
          for (let to = next(nodes!, sets!, node, row); to !== node; to = next(nodes!, sets!, node, row)) node = to;
          const own = machine.f64(values! + 8 * node * wide!, wide!);
          if (wide === 1) scores[i * width! + (t % width!)]! += own[0]!;
          else for (let k = 0; k < width!; k++) scores[i * width! + k]! += own[k]!;
        }
      }
      return undefined;
    },
  };
}
