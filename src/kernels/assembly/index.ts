// What the compiled kernels export. Each file here has a plain twin of the same name in ../plain/.
export { heapBase, setWorker } from './memory';
export { binNumbers, binNumbersWide, interleave } from './bins';
export { addToRows, addTree, bestSplits, growStep, histogram, logitGradients, moveBytes, pairSums, partRows, subtract } from './boost';
export { forestScratch, growTree } from './forest';
export { scoreTrees } from './score';
export { gemm32, gemm64, radial } from './dense';
export { blockColumn, blockGram, blockScores, blockSlopes, linearCurvature, linearPass } from './row-blocks';
export { lifetimePass } from './lifetimes';
export { nearest } from './nearest';
export { skipGram } from './skip-gram';
export { cholesky64, coordinateDescent, solve64, solveBatch64 } from './systems';
export { treeShap } from './tree-shap';
export { treeShapAgainst, treeShapBackground } from './tree-shap-against';
export { treeShapByTables, treeTables } from './tree-tables';
