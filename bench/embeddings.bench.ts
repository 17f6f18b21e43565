/**
 * Words and pictures as vectors, and products that nobody has had yet.
 *
 * `beauty`: Amazon Beauty; a tenth of the items is hidden by a hash of the id; real interactions, attributes (categories
 * and brands without names) for content. `fashion`: 10,572 products with real titles and pictures; no one's behaviour is
 * known of them, so people are simulated with tastes for kinds, colours and brands (bench/embeddings/fashion.ts). The
 * picture network learns from the labels of products that are not hidden. `sentiment`: Chinese shopping reviews, a fifth
 * held out by a hash. `nearest`: a million vectors of 64. `words`: the tokens and word vectors of 44,072 titles.
 *
 * node bench/embeddings.bench.ts [beauty] [fashion] [sentiment] [nearest] [words]
 */
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { fitSemantics, fitSentiment, fitTfidf, fitWordVectors, nearest, sentiment, tokens } from '#embeddings/index.ts';
import { hashUniform, random } from '#kernels/random.ts';
import { beauty } from './embeddings/beauty.ts';
import { fashion, readFashion } from './embeddings/fashion.ts';
import { readRows, rounded, timed } from './embeddings/tools.ts';

const DATA = fileURLToPath(new URL('../../shared/data/', import.meta.url));

async function reviews(): Promise<object> {
  const rows = await readRows<{ cat: string; label: number; review: string }>(
    `select cat, label::integer as label, review from '${DATA}zh-shopping-reviews/online_shopping_10_cats.parquet' order by cat, label, review`,
  );
  const isTest = rows.map(({ review }) => hashUniform(7, review) < 0.2);
  const train = rows.filter((_, i) => !isTest[i]);
  const test = rows.filter((_, i) => isTest[i]);
  const fitted = timed(() =>
    fitSentiment(
      train.map((r) => r.review),
      train.map((r) => r.label),
    ),
  );
  const read = timed(() =>
    sentiment(
      fitted.value,
      test.map((r) => r.review),
    ),
  );
  let right = 0;
  for (const [i, row] of test.entries()) if (read.value[i]! >= 0.5 === (row.label === 1)) right++;
  const counts = { train: train.length, test: test.length, terms: fitted.value.tfidf.terms.length };
  return { ...counts, accuracy: rounded(right / test.length), fitCpuS: fitted.cpu, readCpuS: read.cpu };
}

function million(): object {
  const [count, width] = [1_000_000, 64];
  const draw = random(1);
  const values = Float32Array.from({ length: count * width }, () => draw.uniform() - 0.5);
  const queries = { count: 256, width, values: values.slice(0, 256 * width) };
  const found = timed(() => nearest({ count, width, values }, queries, { k: 10 }));
  const gflops = (2 * count * width * queries.count) / found.wall / 1e9;
  return { count, width, queries: queries.count, wallS: found.wall, cpuS: found.cpu, gflops: rounded(gflops) };
}

async function words(): Promise<object> {
  const rows = await readRows<{ title: string }>(
    `select title from '${DATA}fashion-catalogue/products_44k_text.parquet' order by product_id`,
  );
  const cut = timed(() => rows.map(({ title }) => tokens(title)));
  const weighed = timed(() => fitTfidf(cut.value));
  const semantic = timed(() => fitSemantics(cut.value, { seed: 1 }));
  const trained = timed(() => fitWordVectors(cut.value, { seed: 1 }));
  const chinese = await readRows<{ review: string }>(
    `select review from '${DATA}zh-shopping-reviews/online_shopping_10_cats.parquet' limit 20000`,
  );
  const jieba = timed(() => chinese.reduce((sum, { review }) => sum + tokens(review).length, 0));
  return {
    titles: rows.length,
    tokensCpuS: cut.cpu,
    terms: weighed.value.terms.length,
    tfidfCpuS: weighed.cpu,
    semanticsCpuS: semantic.cpu,
    wordVectors: trained.value.words.length,
    wordVectorsCpuS: trained.cpu,
    chineseReviews: chinese.length,
    chineseTokens: jieba.value,
    chineseCpuS: jieba.cpu,
  };
}

const PARTS: Readonly<Record<string, () => object | Promise<object>>> = {
  beauty: () => beauty(DATA),
  fashion: async () => fashion(await readFashion(DATA)),
  sentiment: reviews,
  nearest: million,
  words,
};

const wanted = process.argv.slice(2).filter((name) => Object.hasOwn(PARTS, name));
for (const name of wanted.length > 0 ? wanted : Object.keys(PARTS)) {
  const skipped = name !== 'nearest' && !existsSync(DATA) ? { skipped: 'no ../shared/data here' } : undefined;
  const figures = skipped ?? (await PARTS[name]!());
  const peakRssMb = Math.round(process.resourceUsage().maxRSS / 1024);
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`;
  console.log(JSON.stringify({ bench: `embeddings ${name}`, ...figures, peakRssMb, machine }, null, 1));
}
