/** Reading, timing and comparing for the bench of embeddings. */
import { openDuckdb } from '#engines/index.ts';
import { random } from '#kernels/random.ts';
import { COLD_METRICS, type ColdCut, type ColdFigures, coldGain, coldPeople, judgeCold } from '#recommend/index.ts';

export async function readRows<Row>(sql: string): Promise<Row[]> {
  const compute = await openDuckdb();
  try {
    return await compute.rows<Row & Record<string, unknown>>(sql);
  } finally {
    await compute.close();
  }
}

export const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;

export interface Timed<T> {
  readonly value: T;
  /** Seconds. */
  readonly wall: number;
  readonly cpu: number;
}

export function timed<T>(work: () => T): Timed<T> {
  const [from, used] = [performance.now(), process.cpuUsage()];
  const value = work();
  const { user, system } = process.cpuUsage(used);
  return { value, wall: rounded((performance.now() - from) / 1000), cpu: rounded((user + system) / 1e6) };
}

export type Scores = (users: Int32Array) => Float64Array;

/** People asked where all items compete: new ones among known ones. */
const AMONG_ALL_MAX = 500;

/** Figures of each way to score, and how much better the first is than each other, with 95 % intervals. */
export function compared(
  cut: ColdCut,
  ways: Readonly<Record<string, Scores>>,
  judge: { k: number; people: Int32Array },
) {
  const { k, people } = judge;
  return Object.fromEntries(
    (['hidden', 'all'] as const).map((among) => {
      const figures: Record<string, ColdFigures> = {};
      const some = among === 'hidden' ? people : people.subarray(0, AMONG_ALL_MAX);
      for (const [name, score] of Object.entries(ways)) figures[name] = judgeCold(score, cut, some, { k, among });
      const [first] = Object.keys(ways);
      const table = Object.entries(figures).map(([name, own]) => {
        const line = Object.fromEntries(COLD_METRICS.map((metric) => [metric, rounded(own.metrics[metric])]));
        if (name === first) return [name, line];
        const gain = coldGain(figures[first!]!, own, { seed: 1 });
        const gains = COLD_METRICS.map((metric) => [
          `${metric}GainOfFirst`,
          [rounded(gain[metric]!.low), rounded(gain[metric]!.high)],
        ]);
        return [name, { ...line, ...Object.fromEntries(gains) }];
      });
      return [`among ${among}`, Object.fromEntries(table)];
    }),
  );
}

/** At most `most` of the people that can be judged, drawn by a seed. */
export function somePeople(cut: ColdCut, most: number, seed: number): Int32Array {
  const all = coldPeople(cut);
  if (all.length <= most) return all;
  const draw = random(seed);
  for (let i = all.length - 1; i > 0; i--) {
    const j = draw.integer(i + 1);
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all.slice(0, most).sort();
}

/** Normal vectors: what content without any meaning would do. */
export function noise(count: number, width: number, seed: number): Float32Array {
  const draw = random(seed);
  return Float32Array.from({ length: count * width }, () => draw.normal());
}
