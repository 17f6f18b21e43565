/** Twin of `assembly/bins.ts`. */
import type { Kernel, Machine } from '../machine.ts';

export function plainBins(machine: Machine): Record<string, Kernel> {
  const binsInto =
    (missing: number, write: (at: number, bin: number) => void): Kernel =>
    (values, valid, count, bounds, boundCount, out, stride) => {
      const xs = machine.f64(values!, count!);
      const known = valid === 0 ? undefined : machine.u8(valid!, count!);
      const rising = machine.f64(bounds!, boundCount!);
      for (let i = 0; i < count!; i++) {
        let bin = 0;
        while (bin < boundCount! && rising[bin]! < xs[i]!) bin++;
        write(out! + i * stride!, Number.isFinite(xs[i]!) && known?.[i] !== 0 ? bin : missing);
      }
      return undefined;
    };
  return {
    binNumbers: binsInto(255, (at, bin) => {
      machine.u8(at, 1)[0] = bin;
    }),
    binNumbersWide: binsInto(65_535, (at, bin) => {
      machine.u16(at, 1)[0] = bin;
    }),
    interleave: (columns, columnStride, features, from, to, out, rowStride) => {
      for (let i = from!; i < to!; i++) {
        const row = machine.u8(out! + i * rowStride!, 8 * Math.ceil(features! / 8)).fill(0);
        for (let f = 0; f < features!; f++) row[f] = machine.u8(columns! + f * columnStride! + i, 1)[0]!;
      }
      return undefined;
    },
  };
}
