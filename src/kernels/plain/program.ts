/** Twin of assembly/program.ts: runs a list of kernels. */
import type { Kernel, Machine } from '../machine.ts';
import { PROGRAM_KERNELS } from '../program.ts';

export function programKernel(machine: Machine, kernels: Readonly<Record<string, Kernel>>): Record<string, Kernel> {
  return {
    runProgram: (at = 0) => {
      const words = machine.f64(0, machine.bytes >> 3);
      for (let w = at / 8; words[w]! >= 0; w += 2 + words[w + 1]!)
        kernels[PROGRAM_KERNELS[words[w]!]!]!(...words.subarray(w + 2, w + 2 + words[w + 1]!));
      return undefined;
    },
  };
}
