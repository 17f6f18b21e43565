/**
 * Whether a review speaks well of a product: a logistic over words and pairs of words, each scaled by how much more
 * often good reviews say it; and a product's share of good words, drawn to the shop's mean where it has few reviews.
 *
 * @see Wang and Manning (2012), Baselines and bigrams: simple, good sentiment and topic classification, ACL (NB-SVM, with a
 *      logistic loss here)
 */
import { known } from '#errors.ts';
import { lbfgs } from '#kernels/optimise.ts';
import type { Sparse } from '#kernels/sparse.ts';
import { fitTfidf, type TfidfModel, tfidf } from './tfidf.ts';
import { type TokenOptions, tokens } from './tokens.ts';

export interface SentimentModel {
  readonly kind: 'sentiment';
  readonly tfidf: TfidfModel;
  /** [terms] */
  readonly weights: Float64Array;
  readonly constant: number;
  readonly cutter: TokenOptions['cutter'] | null;
  readonly reviews: number;
}

export interface SentimentOptions {
  /** Weight of the squared weights, in reviews; default 0.5. */
  readonly ridge?: number;
  /** Terms kept; default 60,000. */
  readonly termsMax?: number;
  readonly cutter?: NonNullable<TokenOptions['cutter']>;
}

/** Negations and degrees are what a review turns on, so no word is left out. */
const wordsOf = (text: string, cutter: TokenOptions['cutter'] | null): string[] =>
  tokens(text, { stopWords: false, ...(cutter == null ? {} : { cutter }) });

/**
 * Fits.
 *
 * @param reviews texts, zh, en or mixed
 * @param good [reviews] 1 speaks well, 0 does not
 * @throws LABEL_ONE_CLASS
 */
export function fitSentiment(
  reviews: readonly string[],
  good: ArrayLike<number>,
  options: SentimentOptions = {},
): SentimentModel {
  const { ridge = 0.5, termsMax = 60_000 } = options;
  const cutter = options.cutter ?? null;
  const labels = Float64Array.from(reviews, (_, i) => (good[i]! > 0 ? 1 : 0));
  const sum = labels.reduce((a, b) => a + b, 0);
  if (sum === 0 || sum === reviews.length)
    throw known('LABEL_ONE_CLASS', { label: 'good', classes: reviews.length === 0 ? [] : [String(sum > 0 ? 1 : 0)] });
  const documents = reviews.map((text) => wordsOf(text, cutter));
  const model = fitTfidf(documents, { documentsMin: 2, shareMax: 1, termsMax, runMax: 2 });
  const matrix = tfidf(model, documents);
  const ratio = ratiosOf(matrix, labels);
  const scaled = { ...matrix, values: matrix.values.map((value, e) => value * ratio[matrix.indices[e]!]!) };
  const weights = logistic(scaled, labels, ridge);
  return {
    kind: 'sentiment',
    tfidf: model,
    weights: ratio.map((r, j) => r * weights[j]!),
    constant: weights[matrix.columns]!,
    cutter,
    reviews: reviews.length,
  };
}

/** Size of the log of how much more often good reviews have a term, plus a floor so that none is lost. */
function ratiosOf({ columns, rows, offsets, indices, values }: Sparse, labels: Float64Array): Float64Array {
  const sums = [new Float64Array(columns).fill(0.5), new Float64Array(columns).fill(0.5)] as const;
  for (let r = 0; r < rows; r++)
    for (let e = offsets[r]!; e < offsets[r + 1]!; e++) sums[labels[r] === 1 ? 1 : 0][indices[e]!]! += values[e]!;
  const [bad, good] = sums.map((column) => column.reduce((a, b) => a + b, 0)) as [number, number];
  return sums[1].map((x, j) => 0.5 + Math.abs(Math.log(x / good / (sums[0][j]! / bad))));
}

/** [columns + 1] weights and constant that minimise the log loss plus ridge / 2 x their squares, the constant free. */
function logistic(matrix: Sparse, labels: Float64Array, ridge: number): Float64Array {
  const { rows, columns, offsets, indices, values } = matrix;
  const loss = (at: Float64Array, slope: Float64Array): number => {
    let value = 0;
    slope.fill(0);
    for (let r = 0; r < rows; r++) {
      let z = at[columns]!;
      for (let e = offsets[r]!; e < offsets[r + 1]!; e++) z += values[e]! * at[indices[e]!]!;
      value += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - labels[r]! * z;
      const by = 1 / (1 + Math.exp(-z)) - labels[r]!;
      for (let e = offsets[r]!; e < offsets[r + 1]!; e++) slope[indices[e]!]! += by * values[e]!;
      slope[columns]! += by;
    }
    for (let j = 0; j < columns; j++) {
      value += 0.5 * ridge * at[j]! * at[j]!;
      slope[j]! += ridge * at[j]!;
    }
    return value;
  };
  return lbfgs(loss, new Float64Array(columns + 1), { tolerance: 1e-5, improvement: 1e-7, iterationsMax: 100 }).at;
}

/** [reviews] chance that each speaks well, 0 to 1; a text without a known word gets that of the constant alone. */
export function sentiment(model: SentimentModel, reviews: readonly string[]): Float64Array {
  const documents = reviews.map((text) => wordsOf(text, model.cutter));
  const { rows, offsets, indices, values } = tfidf(model.tfidf, documents);
  const out = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    let z = model.constant;
    for (let e = offsets[r]!; e < offsets[r + 1]!; e++) z += values[e]! * model.weights[indices[e]!]!;
    out[r] = 1 / (1 + Math.exp(-z));
  }
  return out;
}

export interface ProductSentiment {
  /** [products] mean chance that a review speaks well, drawn to the mean of all: (sum + prior x mean) / (count + prior) */
  readonly good: Float64Array;
  /** [products] reviews with text */
  readonly counts: Float64Array;
  readonly mean: number;
}

/**
 * What reviews say of each product.
 *
 * @param products [reviews] 0 .. productCount - 1
 * @param chances [reviews] from `sentiment`
 * @param prior reviews that the mean of all counts for; default 5
 */
export function productSentiment(
  products: Int32Array,
  chances: Float64Array,
  { productCount, prior = 5 }: { readonly productCount: number; readonly prior?: number },
): ProductSentiment {
  const counts = new Float64Array(productCount);
  const sums = new Float64Array(productCount);
  for (const [r, product] of products.entries()) {
    counts[product]! += 1;
    sums[product]! += chances[r]!;
  }
  const mean = products.length === 0 ? 0.5 : sums.reduce((a, b) => a + b, 0) / products.length;
  return { good: sums.map((sum, i) => (sum + prior * mean) / (counts[i]! + prior)), counts, mean };
}
