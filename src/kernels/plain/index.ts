/** The plain twins of the compiled kernels, by name. */
import type { Kernel, Machine } from '../machine.ts';
import { plainBins } from './bins.ts';
import { plainBoost } from './boost.ts';
import { denseKernels } from './dense.ts';
import { plainForest } from './forest.ts';
import { lifetimeKernels } from './lifetimes.ts';
import { nearestKernels } from './nearest.ts';
import { rowBlockKernels } from './row-blocks.ts';
import { plainScore } from './score.ts';
import { skipGramKernels } from './skip-gram.ts';
import { systemKernels } from './systems.ts';
import { plainTreeShap } from './tree-shap.ts';
import { plainTreeShapAgainst } from './tree-shap-against.ts';
import { plainTreeTables } from './tree-tables.ts';

/** Kernels that work on the memory of `machine`; they take its views at each call, since it can grow in between. */
export function plainKernels(machine: Machine): Record<string, Kernel> {
  return {
    ...plainBins(machine),
    ...plainBoost(machine),
    ...plainForest(machine),
    ...plainScore(machine),
    ...denseKernels(machine),
    ...rowBlockKernels(machine),
    ...systemKernels(machine),
    ...plainTreeShap(machine),
    ...plainTreeShapAgainst(machine),
    ...plainTreeTables(machine),
    ...lifetimeKernels(machine),
    ...nearestKernels(machine),
    ...skipGramKernels(machine),
  };
}
