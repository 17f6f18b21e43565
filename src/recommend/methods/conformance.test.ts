// Aim: each recommender of the list keeps what all promise.
import { METHODS } from './all.ts';
import { conformance } from './conformance.ts';
import type { Numbers } from './method.ts';

/** Parameters of the tests for methods whose defaults take long even on a small world, or are meant for many users. */
const QUICK: Readonly<Record<string, Numbers>> = {
  ranked: { trees: 20 },
  'tifu-knn': { k: 20 },
  sasrec: { width: 16, epochs: 10, drawn: 16, batch: 128, learningRate: 0.01, dropout: 0.1 },
  'next-mix': { width: 16, epochs: 2 },
};

for (const method of METHODS) conformance(method, QUICK[method.name]);
