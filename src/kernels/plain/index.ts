/** The plain twins of the compiled kernels, by name. */
import type { Kernel, Machine } from '../machine.ts';
import { plainBins } from './bins.ts';
import { denseKernels } from './dense.ts';
import { rowBlockKernels } from './row-blocks.ts';
import { systemKernels } from './systems.ts';

/** Kernels that work on the memory of `machine`; they take its views at each call, since it can grow in between. */
export function plainKernels(machine: Machine): Record<string, Kernel> {
  return {
    ...plainBins(machine),
    ...denseKernels(machine),
    ...rowBlockKernels(machine),
    ...systemKernels(machine),
  };
}
