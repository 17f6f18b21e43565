/** What an experiment allows to be done, and why, in words for people. */
import type { Analysis, ArmResult } from './analyse.ts';
import type { GuardrailArm } from './guardrails.ts';

export const VERDICTS = ['ship', 'stop', 'go-on', 'blocked'] as const;

export interface Reason {
  readonly code: string;
  readonly en: string;
  readonly zh: string;
}

interface Words {
  readonly en: string;
  readonly zh: string;
}

export interface Verdict {
  readonly verdict: (typeof VERDICTS)[number];
  /** The arm to ship; null for any other verdict. */
  readonly arm: string | null;
  readonly reasons: readonly Reason[];
}

export interface Judged {
  readonly primary: Analysis;
  /** Corrected over metrics and arms. */
  readonly pValues: ReadonlyMap<string, number | null>;
  readonly metricName: Words;
  readonly inverse: boolean;
  readonly guardrails: readonly { readonly name: Words; readonly arms: readonly GuardrailArm[] }[];
  /** Units seen in more than one arm, and units in all. */
  readonly contaminated: number;
  readonly units: number;
  /** True once the planned size or end is reached; a test that holds at every look needs none. */
  readonly isOver: boolean;
}

/** Above this share of units in several arms nobody can say who was given what. */
const CONTAMINATED_MAX = 0.01;
/** An arm of fewer members tells nothing: tests lean on the law of large numbers. */
export const ARM_MIN = 50;

const percent = (share: number): string =>
  `${Number((100 * share).toFixed(share !== 0 && Math.abs(share) < 0.01 ? 2 : 1))} %`;
const chance = (p: number): string => (p < 0.0001 ? '< 0.0001' : String(Number(p.toPrecision(2))));

/**
 * The verdict: blocked where the result must not be read; stop where a guardrail is harmed or every arm is worse; ship the
 * best arm that is better for sure and harms nothing; go on else, until the plan is over.
 */
export function verdictOf(judged: Judged): Verdict {
  const blocks = blocksOf(judged);
  if (blocks.length > 0) return { verdict: 'blocked', arm: null, reasons: blocks };
  const { primary, pValues, metricName, inverse, isOver } = judged;
  const { alpha, test } = primary;
  const harms = harmsOf(judged);
  const harmed = new Set(harms.map(({ arm }) => arm));
  const treated = primary.arms.filter(({ arm }) => arm !== primary.control);
  const sign = inverse ? -1 : 1;
  const isSure = ({ arm }: ArmResult) => (pValues.get(arm) ?? 1) < alpha;
  const winners = treated
    .filter((own) => !harmed.has(own.arm) && isSure(own) && sign * own.difference! > 0)
    .sort((a, b) => sign * (b.difference! - a.difference!));
  const losers = treated.filter((own) => isSure(own) && sign * own.difference! < 0);
  const reasons = [...harms.map(({ reason }) => reason), ...losers.map((own) => worse(own, metricName, pValues))];
  const mayEnd = test === 'sequential' || isOver;
  const [best] = winners;
  if (best !== undefined && mayEnd)
    return {
      verdict: 'ship',
      arm: best.arm,
      reasons: [better(best, metricName, pValues), ...reasons, ...unsureOf(judged)],
    };
  if (treated.every((own) => harmed.has(own.arm) || (losers.includes(own) && mayEnd)))
    return { verdict: 'stop', arm: null, reasons };
  if (best !== undefined) return { verdict: 'go-on', arm: null, reasons: [EARLY, ...reasons] };
  if (isOver) return { verdict: 'stop', arm: null, reasons: [noEffect(metricName), ...reasons] };
  return { verdict: 'go-on', arm: null, reasons: [undecided(metricName), ...reasons] };
}

function blocksOf({ primary, contaminated, units }: Judged): Reason[] {
  const reasons: Reason[] = [];
  const { srm, missing, arms } = primary;
  if (!srm.ok) {
    const sizes = Object.values(srm.members).join(' : ');
    reasons.push({
      code: 'SAMPLE_RATIO',
      en: `arms of ${sizes} are not what the draw should have made (p ${chance(srm.pValue)}): find out who is missing before reading anything`,
      zh: `各组人数 ${sizes} 与随机分组不符（p ${chance(srm.pValue)}）：请先查明缺失原因，结果不可采信`,
    });
  }
  if (!missing.ok)
    reasons.push({
      code: 'OUTCOMES_MISSING',
      en: `outcomes are missing more often in one arm than in another (p ${chance(missing.pValue)}, ${percent(missing.share)} in all)`,
      zh: `各组结果缺失比例不同（p ${chance(missing.pValue)}，总缺失 ${percent(missing.share)}）`,
    });
  if (units > 0 && contaminated / units > CONTAMINATED_MAX)
    reasons.push({
      code: 'CONTAMINATED',
      en: `${contaminated} of ${units} were seen in more than one arm: nobody can say what they were given`,
      zh: `${units} 人中有 ${contaminated} 人出现在多个组，无法判断其所受处理`,
    });
  const small = arms.filter((own) => (own.clusters ?? own.n) < ARM_MIN);
  if (small.length > 0) {
    const names = small.map(({ arm, n, clusters }) => `${arm} (${clusters ?? n})`).join(', ');
    reasons.push({
      code: 'TOO_FEW',
      en: `too few in ${names}: at least ${ARM_MIN} are needed in each arm before a test means anything`,
      zh: `样本过少：${names}；每组至少需要 ${ARM_MIN}`,
    });
  }
  const nothing = arms.find(({ why }) => why === 'no-variance');
  if (nothing !== undefined && small.length === 0)
    reasons.push({
      code: 'NO_VARIANCE',
      en: 'everybody has the same outcome: nothing can be said',
      zh: '所有人结果相同，无法得出结论',
    });
  return reasons;
}

function harmsOf({ guardrails }: Judged): { arm: string; reason: Reason }[] {
  return guardrails.flatMap(({ name, arms }) =>
    arms
      .filter(({ state }) => state === 'harmed')
      .map(({ arm, lift, pValue }) => ({
        arm,
        reason: {
          code: 'GUARDRAIL',
          en: `${arm} harms the guardrail ${name.en}: ${percent(lift ?? 0)} (p ${chance(pValue ?? 1)} at every look)`,
          zh: `${arm} 触发护栏指标${name.zh}：${percent(lift ?? 0)}（任意时点 p ${chance(pValue ?? 1)}）`,
        },
      })),
  );
}

const unsureOf = ({ guardrails }: Judged): Reason[] =>
  guardrails
    .filter(({ arms }) => arms.some(({ state }) => state === 'unsure'))
    .map(({ name }) => ({
      code: 'GUARDRAIL_UNSURE',
      en: `harm to the guardrail ${name.en} is not excluded yet`,
      zh: `尚不能排除护栏指标${name.zh}受损`,
    }));

const better = ({ arm, lift, difference }: ArmResult, metric: Words, p: Judged['pValues']): Reason => ({
  code: 'BETTER',
  en: `${arm} moves ${metric.en} the right way: ${lift === null ? Number(difference!.toPrecision(3)) : percent(lift)} (p ${chance(p.get(arm) ?? 1)})`,
  zh: `${arm} 使${metric.zh}朝有利方向变化：${lift === null ? Number(difference!.toPrecision(3)) : percent(lift)}（p ${chance(p.get(arm) ?? 1)}）`,
});

const worse = ({ arm, lift, difference }: ArmResult, metric: Words, p: Judged['pValues']): Reason => ({
  code: 'WORSE',
  en: `${arm} moves ${metric.en} the wrong way: ${lift === null ? Number(difference!.toPrecision(3)) : percent(lift)} (p ${chance(p.get(arm) ?? 1)})`,
  zh: `${arm} 使${metric.zh}朝不利方向变化：${lift === null ? Number(difference!.toPrecision(3)) : percent(lift)}（p ${chance(p.get(arm) ?? 1)}）`,
});

const EARLY: Reason = {
  code: 'NOT_OVER',
  en: 'there is a difference, but the planned size is not reached and the test holds at the planned end alone',
  zh: '已出现差异，但尚未达到计划样本量，而该检验仅在计划终点有效',
};

const noEffect = (metric: Words): Reason => ({
  code: 'NO_EFFECT',
  en: `the plan is over and ${metric.en} shows no difference beyond chance`,
  zh: `计划已结束，${metric.zh}未见超出随机波动的差异`,
});

const undecided = (metric: Words): Reason => ({
  code: 'UNDECIDED',
  en: `${metric.en} shows no difference beyond chance yet`,
  zh: `${metric.zh}目前未见超出随机波动的差异`,
});
