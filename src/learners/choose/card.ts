/** What a choice did, in words that can stand on a model's card. */
import type { Spread } from '../validation.ts';
import type { BestModel, CandidateRecord } from './best.ts';
import { isLoss } from './score.ts';

export interface ChoiceCard {
  /** One sentence or more on what was done, within what limits, and how sure it is. */
  readonly summary: string;
  /** Best first; `score` and `sd` have the sign of the figure itself. */
  readonly candidates: readonly {
    readonly name: string;
    readonly params: string;
    readonly score: number | null;
    readonly sd: number | null;
    readonly share: number;
    readonly seconds: number;
    /** Weight of the members that came of it, over that of all. */
    readonly weight: number;
    readonly note: string;
  }[];
}

/** The card of a model of `best`: plain data for JSON, a table or a page. */
export function choiceCard(model: BestModel): ChoiceCard {
  const { candidates, choice } = model;
  const whole = model.blend.weights.reduce((sum, weight) => sum + weight, 0) || 1;
  const weightOf = (record: CandidateRecord) =>
    model.members.reduce((sum, { name, params }, m) => {
      const isOwn = name === record.name && JSON.stringify(params) === JSON.stringify(record.params);
      return isOwn ? sum + model.blend.weights[m]! / whole : sum;
    }, 0);
  const told = (score: number | null) => (score === null ? null : isLoss(choice.searchedBy) ? 0 - score : score);
  return {
    summary: summaryOf(model),
    candidates: candidates
      .toSorted((a, b) => b.share - a.share || rank(b.mean) - rank(a.mean))
      .map((record) => ({
        name: record.name,
        params: Object.keys(record.params).length === 0 ? 'as they come' : JSON.stringify(record.params),
        score: told(record.mean),
        sd: record.sd,
        share: record.share,
        seconds: record.seconds,
        weight: weightOf(record),
        note: record.failed ?? (record.share < 1 ? 'given up on a share of the rows' : ''),
      })),
  };
}

const rank = (mean: number | null): number => mean ?? Number.NEGATIVE_INFINITY;

const STOPS = {
  candidates: 'all of one round were tried',
  settled: 'two rounds on end found nothing better',
  time: 'the time was up',
  evaluations: 'the fits were used up',
} as const;

function summaryOf({ candidates, members, choice, calibration, decision, task }: BestModel): string {
  const { plan, metric, searchedBy, score, blend, stopped, rows, seed, evaluations, seconds, dropped, limits } = choice;
  const names = [...new Set(members.map(({ name }) => name))].join(', ');
  const how = plan.by === 'group' || plan.by === 'time' ? `${plan.by} (${plan.column})` : plan.by;
  const within = [
    ...(limits.minutes === undefined ? [] : [`${limits.minutes} minutes`]),
    ...(limits.evaluations === undefined ? [] : [`${limits.evaluations} fits`]),
  ].join(' and ');
  const goal = searchedBy === metric ? metric : `${metric}, by way of ${searchedBy}`;
  return [
    `${candidates.length} candidates for ${task} by ${goal}, on ${plan.folds} folds by ${how} of ${rows} rows, seed ${seed}`,
    `${round(evaluations)} fits${seconds > 0 ? ` in ${round(seconds)} s` : ''}${within === '' ? '' : ` of ${within}`}; ended as ${STOPS[stopped]}`,
    `${blend} of ${members.length} fits (${names}): ${searchedBy} ${told(score, searchedBy)} on folds that the blend was not made from; the members were chosen on them`,
    ...(dropped > 0 ? [`${dropped} chosen members were left out for want of time`] : []),
    ...(calibration.kind === 'none' ? [] : [`chances calibrated by ${calibrationName(calibration)}`]),
    ...(decision.kind === 'likeliest' ? [] : [`class decided by ${decision.kind} tuned to ${metric}`]),
  ].join('. ');
}

const calibrationName = (calibration: BestModel['calibration']): string =>
  calibration.kind === 'curves' ? (calibration.curves[0]?.kind ?? 'curves') : calibration.kind;

const round = (value: number): number => Number(value.toPrecision(3));

const told = ({ mean, sd }: Spread, metric: string): string =>
  `${Number((isLoss(metric) ? 0 - mean : mean).toPrecision(4))} +- ${Number(sd.toPrecision(2))}`;
