/** Rankings judged fold by fold and averaged over folds and repeats; intervals and paired differences by drawing people again. */
import { split } from '#kernels/random.ts';
import { drawnWeights } from './best.ts';
import {
  aboveChance,
  aucc,
  auuc,
  type Judged,
  perfectRanking,
  qiniPerPerson,
  type Ranking,
  rankingOf,
  upliftAt,
} from './metrics.ts';

/** Out-of-fold scores of one dealing of people into folds. */
export interface FoldedScores {
  /** [rows] fold of the row. */
  readonly fold: Uint8Array;
  /** [rows] of the method, of a response model and of chance. */
  readonly score: Float64Array;
  readonly response: Float64Array;
  readonly random: Float64Array;
}

export interface Against {
  readonly qini: number;
  readonly upliftAt30: number;
  /** The method's Qini less this one's, people drawn again alike for both. */
  readonly difference: number;
  readonly differenceInterval: readonly [number, number];
}

export interface Judgement {
  /** Area between the Qini curve and chance over the perfect one's, as scikit-uplift's `qini_auc_score`; mean over folds. */
  readonly qini: number;
  readonly qiniInterval: readonly [number, number];
  /** The same area in units of the outcome per person, and the area under the uplift curve, as causalml's. */
  readonly qiniPerPerson: number;
  readonly auuc: number;
  /** Mean outcome of treated less control among the 30 % of highest score. */
  readonly upliftAt30: number;
  readonly upliftAt30Interval: readonly [number, number];
  /** Area under the cost curve, where costs are known: 0.5 is chance. */
  readonly aucc?: number;
  readonly against: { readonly response: Against; readonly random: Against };
}

interface Options {
  readonly draws: number;
  readonly seed: number;
  /** [rows] costs, and what is gained for them. */
  readonly cost?: Float64Array;
  readonly gross?: Judged;
}

const NAMES = ['score', 'response', 'random'] as const;
type Name = (typeof NAMES)[number];

/** Rankings of the people of one fold. */
type Part = Readonly<Record<Name | 'perfect', Ranking>>;

/** Judges the scores on outcomes (weighted where chances to be treated differ). */
export function judgeScores(judged: Judged, scores: readonly FoldedScores[], options: Options): Judgement {
  const parts = scores.flatMap((own) => partsOf(judged, own));
  const { score, response, random } = figures(parts, judged);
  const mean = (of: (part: Part) => number): number => meanOf(parts, of);
  const drawn = Array.from({ length: options.draws }, (_, draw) => {
    const weights = drawnWeights(judged.outcome.length, split(options.seed, 'people', draw));
    const own = judged.weights;
    if (own !== undefined) for (let i = 0; i < weights.length; i++) weights[i]! *= own[i]!;
    return figures(parts, { ...judged, weights });
  });
  const half = (of: (figure: Figures) => number): number => 1.96 * deviationOf(drawn.map(of));
  const about = (estimate: number, off: number) => [estimate - off, estimate + off] as const;
  const against = (name: 'response' | 'random', own: Figure): Against => {
    const difference = score.qini - own.qini;
    return {
      ...own,
      difference,
      differenceInterval: about(
        difference,
        half((figure) => figure.score.qini - figure[name].qini),
      ),
    };
  };
  const { cost, gross } = options;
  return {
    qini: score.qini,
    qiniInterval: about(
      score.qini,
      half((figure) => figure.score.qini),
    ),
    qiniPerPerson: mean((part) => qiniPerPerson(part.score, judged)),
    auuc: mean((part) => auuc(part.score, judged)),
    upliftAt30: score.upliftAt30,
    upliftAt30Interval: about(
      score.upliftAt30,
      half((figure) => figure.score.upliftAt30),
    ),
    ...(cost === undefined || gross === undefined ? {} : { aucc: mean((part) => aucc(part.score, gross, cost)) }),
    against: { response: against('response', response), random: against('random', random) },
  };
}

interface Figure {
  readonly qini: number;
  readonly upliftAt30: number;
}
type Figures = Readonly<Record<Name, Figure>>;

function partsOf(judged: Judged, own: FoldedScores): Part[] {
  const folds = own.fold.reduce((most, k) => Math.max(most, k), 0) + 1;
  return Array.from({ length: folds }, (_, k) => {
    const rows = Int32Array.from(own.fold, (_, i) => i).filter((i) => own.fold[i] === k);
    const ranked = NAMES.map((name) => [name, rankingOf(own[name], rows)] as const);
    return { ...(Object.fromEntries(ranked) as Record<Name, Ranking>), perfect: perfectRanking(judged, rows) };
  });
}

function figures(parts: readonly Part[], judged: Judged): Figures {
  const perfect = new Map(parts.map((part) => [part, aboveChance(part.perfect, judged)]));
  const of = (name: Name): Figure => ({
    // Where all outcomes are alike no order is better than another.
    qini: meanOf(parts, (part) => over(aboveChance(part[name], judged), perfect.get(part)!)),
    upliftAt30: meanOf(parts, (part) => upliftAt(part[name], judged, 0.3)),
  });
  return { score: of('score'), response: of('response'), random: of('random') };
}

const over = (area: number, perfect: number): number => (perfect > 0 ? area / perfect : 0);

/** Over the parts that can tell: in a small fold the top may hold people of one side only. */
function meanOf(parts: readonly Part[], of: (part: Part) => number): number {
  const told = parts.map(of).filter(Number.isFinite);
  return told.reduce((sum, value) => sum + value, 0) / Math.max(1, told.length);
}

function deviationOf(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1));
}
