/**
 * Forests: speed and accuracy beside scikit-learn's. `npm run bench -- forest [TREES]`. CPU seconds are user + system of the
 * whole process, on one thread. The million rows are those of shared/peers/gbdt_gen.py, read from the folder that
 * TIERWISE_BENCH_GBDT names; without it a like world of 20,000 rows is made.
 */
import { existsSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { openDuckdb } from '#engines/index.ts';
import { extraTrees, type ForestParams, fitForest, forest } from '#learners/trees/forest.ts';
