// What the compiled kernels export. Each file here has a plain twin of the same name in ../plain/.
export { heapBase, setWorker } from './memory';
export { alsRows, drawUniform, gramRows, turnRows } from './als';
export { binNumbers, binNumbersWide, interleave } from './bins';
export { addToRows, addTree, bestSplits, growStep, histogram, logitGradients, moveBytes, pairSums, partRows, subtract } from './boost';
export { factorTop } from './factor-top';
export { forestScratch, growTree } from './forest';
export { similarRows, slimColumns } from './neighbours';
export { softmaxStep } from './sampled-softmax';
export { scoreTrees } from './score';
export { gemm32, gemm64, radial } from './dense';
export { blockColumn, blockGram, blockScores, blockSlopes, linearCurvature, linearPass } from './row-blocks';
export { lifetimePass } from './lifetimes';
export { localRidge, sweepRow } from './ridge';
export { combineRows32, gram32, productTop, sparseTimesDense, sparseTimesSparse } from './sparse';
export { nearest } from './nearest';
export { skipGram } from './skip-gram';
export { cholesky64, coordinateDescent, solve64, solveBatch64 } from './systems';
export { treeShap } from './tree-shap';
export { treeShapAgainst, treeShapBackground } from './tree-shap-against';
export { treeShapByTables, treeTables } from './tree-tables';
export {
  adam32, add32s, attend32, attendBack32, bias32, biasBack32, clear32, dropout32, embed32, gatherBy32, mixRows32, norm32, normBack32,
  scatter32, scatterBy32, softmaxDrawn32, transpose32,
} from './layers';
export { runProgram } from './program';
