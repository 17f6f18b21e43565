/** The plain twins of the compiled kernels, by name. */
import type { Kernel, Machine } from '../machine.ts';
import { alsKernels } from './als.ts';
import { plainBins } from './bins.ts';
import { plainBoost } from './boost.ts';
import { denseKernels } from './dense.ts';
import { factorTopKernels } from './factor-top.ts';
import { plainForest } from './forest.ts';
import { layerKernels } from './layers.ts';
import { lifetimeKernels } from './lifetimes.ts';
import { nearestKernels } from './nearest.ts';
import { neighbourKernels } from './neighbours.ts';
import { programKernel } from './program.ts';
import { ridgeKernels } from './ridge.ts';
import { rowBlockKernels } from './row-blocks.ts';
import { softmaxKernels } from './sampled-softmax.ts';
import { plainScore } from './score.ts';
import { skipGramKernels } from './skip-gram.ts';
import { sparseKernels } from './sparse.ts';
import { systemKernels } from './systems.ts';
import { plainTreeShap } from './tree-shap.ts';
import { plainTreeShapAgainst } from './tree-shap-against.ts';
import { plainTreeTables } from './tree-tables.ts';

/** Kernels that work on the memory of `machine`; they take its views at each call, since it can grow in between. */
export function plainKernels(machine: Machine): Record<string, Kernel> {
  const kernels = {
    ...alsKernels(machine),
    ...plainBins(machine),
    ...plainBoost(machine),
    ...factorTopKernels(machine),
    ...plainForest(machine),
    ...plainScore(machine),
    ...softmaxKernels(machine),
    ...denseKernels(machine),
    ...neighbourKernels(machine),
    ...rowBlockKernels(machine),
    ...sparseKernels(machine),
    ...systemKernels(machine),
    ...ridgeKernels(machine, { ...denseKernels(machine), ...systemKernels(machine) }),
    ...plainTreeShap(machine),
    ...plainTreeShapAgainst(machine),
    ...plainTreeTables(machine),
    ...lifetimeKernels(machine),
    ...layerKernels(machine),
    ...nearestKernels(machine),
    ...skipGramKernels(machine),
  };
  return { ...kernels, ...programKernel(machine, kernels) };
}
