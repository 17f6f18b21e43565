/** Shapley values of any model through its predictions: KernelSHAP. */
import { known } from '#errors.ts';
import { cholesky, solveLower, solveUpper } from '#kernels/linear.ts';
import { type Random, random, split } from '#kernels/random.ts';
import type { Column, Table } from '#table/index.ts';
import type { Attributions } from './attributions.ts';
import { stacked, taken, takenColumn } from './mixed-rows.ts';

export interface SampledOptions {
  readonly features: readonly string[];
  /** Rows that hidden features are taken from; more than `backgroundMax` are thinned out. */
  readonly background: Table;
  /** Default 100. */
  readonly backgroundMax?: number;
  /** Sets of features tried a row, at least 8 a feature; all of them where these are no more. Default 1024. */
  readonly samples?: number;
  readonly seed: number;
  /** Features of one group are hidden and shown together: the group is attributed as one. */
  readonly groupOf?: (feature: string) => string;
}

/** Rows predicted at a time. */
const CHUNK = 65_536;

/**
 * A row's attribution of its predictions: of sets of known features, the others taken from background rows, the worth is
 * the mean prediction; the weighted least-squares plane through the worths, held to the worths of nothing and of all,
 * has the Shapley values for slopes. Exact where all sets are tried (up to 10 players by default); else sets are drawn in
 * pairs with their complement, and `errors` has the standard error of each value (of the drawing, not of the background).
 *
 * Cost: samples x background predictions a row. Values of a row depend on the seed and on nothing of other rows.
 *
 * @param predict [rows x outputs] of a table with the columns `features`
 * @throws TABLE_EMPTY (background), FEATURE_MISSING
 * @see Lundberg and Lee (2017), NeurIPS 30, theorem 2; Covert and Lee (2021), AISTATS 130, sections 3.2 and 4.2
 */
export function sampledShap(
  predict: (data: Table) => Float64Array,
  data: Table,
  options: SampledOptions,
): Attributions {
  const { features, backgroundMax = 100, groupOf = (feature) => feature, seed } = options;
  if (options.background.length === 0) throw known('TABLE_EMPTY', { what: 'the background to explain against' });
  for (const rows of [data, options.background])
    for (const feature of features)
      if (rows.columns[feature] === undefined)
        throw known('FEATURE_MISSING', { feature, have: Object.keys(rows.columns) });
  const background = thinned(options.background, backgroundMax);
  const groups = features.map(groupOf);
  const players = [...new Set(groups)];
  const player = groups.map((group) => players.indexOf(group));
  const worths = worthsBy(predict, background, features, player);
  const nothing = worths.ofNothing();
  const width = nothing.length;
  const values = new Float64Array(data.length * width * players.length);
  const errors = new Float64Array(values.length);
  for (let row = 0; row < data.length; row++) {
    const one = taken({ length: data.length, columns: pick(data, features) }, [row]);
    const whole = predict(one);
    const sets = setsOf(players.length, options.samples ?? 1024, random(split(seed, 'sets')));
    const worth = worths.of(one, sets.members);
    for (let k = 0; k < width; k++) {
      const worthOf = (set: number) => worth[set * width + k]!;
      const plane = fitPlane(sets, players.length, worthOf, nothing[k]!, whole[k]!);
      values.set(plane.slopes, (row * width + k) * players.length);
      errors.set(plane.errors, (row * width + k) * players.length);
    }
  }
  return { width, features: players, expected: nothing, values, errors };
}

const pick = (data: Table, names: readonly string[]): Record<string, Column> =>
  Object.fromEntries(names.map((name) => [name, data.columns[name]!]));

function thinned(data: Table, most: number): Table {
  if (data.length <= most) return data;
  return taken(
    data,
    Int32Array.from({ length: most }, (_, i) => Math.floor(((i + 0.5) * data.length) / most)),
  );
}

/** Sets of players that are tried, each once. */
interface Sets {
  /** [sets][players] 1 where known. */
  readonly members: readonly Uint8Array[];
  /** [sets] weight in the regression, with sum 1. */
  readonly weights: Float64Array;
  /** Draws as pairs of sets; absent where all sets were tried. */
  readonly pairs?: readonly (readonly [number, number])[];
}

/** All sets but the empty and the full one where that is no more than asked for, else draws with their complements. */
function setsOf(players: number, samples: number, draw: Random): Sets {
  if (players < 31 && 2 ** players - 2 <= samples) {
    const members = Array.from({ length: 2 ** players - 2 }, (_, set) =>
      Uint8Array.from({ length: players }, (_, p) => ((set + 1) >>> p) & 1),
    );
    const weights = Float64Array.from(members, (set) => setWeight(players, sizeOf(set)));
    const sum = weights.reduce((a, b) => a + b, 0);
    return { members, weights: weights.map((weight) => weight / sum) };
  }
  const members: Uint8Array[] = [];
  const found = new Map<string, number>();
  const place = (set: Uint8Array): number => {
    const key = String.fromCharCode(...set);
    const at = found.get(key) ?? members.push(set) - 1;
    found.set(key, at);
    return at;
  };
  const sizes = Float64Array.from({ length: players - 1 }, (_, i) => 1 / ((i + 1) * (players - i - 1)));
  const pairs = Array.from({ length: Math.ceil(Math.max(samples, 8 * players) / 2) }, () => {
    const set = drawSet(players, drawIndex(sizes, draw) + 1, draw);
    return [place(set), place(set.map((known) => 1 - known))] as const;
  });
  const weights = new Float64Array(members.length);
  for (const pair of pairs) for (const set of pair) weights[set]! += 1 / (2 * pairs.length);
  return { members, weights, pairs };
}

const sizeOf = (set: Uint8Array): number => set.reduce((sum, known) => sum + known, 0);

/** The Shapley kernel: (M - 1) / (C(M, s) s (M - s)). */
function setWeight(players: number, size: number): number {
  let choose = 1;
  for (let i = 1; i <= size; i++) choose *= (players - size + i) / i;
  return (players - 1) / (choose * size * (players - size));
}

function drawIndex(weights: Float64Array, draw: Random): number {
  let left = draw.uniform() * weights.reduce((a, b) => a + b, 0);
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i]!;
    if (left < 0) return i;
  }
  return weights.length - 1;
}

function drawSet(players: number, size: number, draw: Random): Uint8Array {
  const set = new Uint8Array(players);
  for (let wanted = size, p = 0; p < players; p++)
    if (draw.uniform() * (players - p) < wanted) {
      set[p] = 1;
      wanted--;
    }
  return set;
}

/** Worths of sets: predictions, averaged over the background. */
function worthsBy(
  predict: (data: Table) => Float64Array,
  background: Table,
  features: readonly string[],
  player: readonly number[],
) {
  const count = background.length;
  const mean = (predicted: Float64Array, rows: number): Float64Array => {
    const width = predicted.length / rows;
    const out = new Float64Array(predicted.length / count);
    for (let i = 0; i < rows; i++)
      for (let k = 0; k < width; k++) out[Math.floor(i / count) * width + k]! += predicted[i * width + k]! / count;
    return out;
  };
  return {
    ofNothing: () => mean(predict({ length: count, columns: pick(background, features) }), count),
    /** [sets x outputs] for the row `one`, a table of one row. */
    of: (one: Table, members: readonly Uint8Array[]): Float64Array => {
      const both = stacked(background, one, features);
      const parts: Float64Array[] = [];
      const step = Math.max(1, Math.floor(CHUNK / count));
      for (let from = 0; from < members.length; from += step) {
        const sets = members.slice(from, from + step);
        const rows = sets.length * count;
        const columns: Record<string, Column> = {};
        for (const [f, name] of features.entries()) {
          const source = new Int32Array(rows);
          for (let i = 0; i < rows; i++) source[i] = sets[Math.floor(i / count)]![player[f]!] ? count : i % count;
          columns[name] = takenColumn(both.columns[name]!, source);
        }
        parts.push(mean(predict({ length: rows, columns }), rows));
      }
      return Float64Array.from(parts.flatMap((part) => Array.from(part)));
    },
  };
}

/** Slopes of the plane worth = nothing + sum of the slopes of the known, which are held to add up to whole - nothing. */
function fitPlane(
  { members, weights, pairs }: Sets,
  players: number,
  worthOf: (set: number) => number,
  nothing: number,
  whole: number,
) {
  const errors = new Float64Array(players);
  if (players === 1) return { slopes: Float64Array.of(whole - nothing), errors };
  const gram = new Float64Array(players * players);
  const right = new Float64Array(2 * players);
  for (const [s, set] of members.entries())
    for (let p = 0; p < players; p++) {
      if (!set[p]) continue;
      for (let q = 0; q < players; q++) if (set[q]) gram[p * players + q]! += weights[s]!;
      right[2 * p]! += weights[s]! * (worthOf(s) - nothing);
    }
  for (let p = 0; p < players; p++) right[2 * p + 1] = 1;
  // Singular only where draws never tell two players apart; then they share alike.
  const ridge = 1e-12;
  for (let p = 0; p < players; p++) gram[p * players + p]! += ridge;
  const factor = cholesky(gram, players)!;
  const solve = (of: Float64Array, width: number) => solveUpper(factor, solveLower(factor, of, width), width);
  const solved = solve(right, 2);
  let [free, ones] = [0, 0];
  for (let p = 0; p < players; p++) {
    free += solved[2 * p]!;
    ones += solved[2 * p + 1]!;
  }
  const shift = (free - (whole - nothing)) / ones;
  const slopes = Float64Array.from({ length: players }, (_, p) => solved[2 * p]! - shift * solved[2 * p + 1]!);
  if (pairs === undefined) return { slopes, errors };

  const missOf = (s: number) => members[s]!.reduce((sum, known, p) => sum - known * slopes[p]!, worthOf(s) - nothing);
  const misses = Float64Array.from(members, (_, s) => missOf(s));
  // The sandwich: each pair's pull on the slopes, through the same constrained solve; its mean over pairs is zero.
  for (const pair of pairs) {
    const pull = new Float64Array(players);
    for (const s of pair) for (let p = 0; p < players; p++) pull[p]! += (members[s]![p]! * misses[s]!) / 2;
    const moved = solve(pull, 1);
    const sum = moved.reduce((a, b) => a + b, 0) / ones;
    for (let p = 0; p < players; p++) errors[p]! += (moved[p]! - sum * solved[2 * p + 1]!) ** 2;
  }
  return { slopes, errors: errors.map((squares) => Math.sqrt(squares) / pairs.length) };
}
