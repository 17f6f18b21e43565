/** Why customers move or are held, in two languages. */
import type { Why } from './assign.ts';
import type { Policy } from './policy.ts';

interface Words {
  readonly en: string;
  readonly zh: string;
}

const percent = (share: number): number => Math.round(share * 100);

/** Why somebody went from one tier to another. */
export function moveWords(policy: Policy, why: Why, from: number, to: number): Words {
  const rose = to > from;
  const edge = policy.tiers[rose ? to : from]!;
  if (why === 'displaced')
    return {
      en: `all places of ${edge.en} are taken by customers of higher value`,
      zh: `${edge.zh}名额已满，由价值更高的客户占用`,
    };
  const gap = percent(policy.hysteresis);
  const { chances } = policy;
  const plain = rose
    ? { en: `value above the cut of ${edge.en} by more than ${gap} %`, zh: `价值高出${edge.zh}门槛 ${gap}% 以上` }
    : { en: `value below the cut of ${edge.en} by more than ${gap} %`, zh: `价值低于${edge.zh}门槛 ${gap}% 以上` };
  if (chances === undefined) return plain;
  const sure = percent(rose ? chances.promoteAbove : chances.demoteAbove);
  return {
    en: `${plain.en}, with a chance of more than ${sure} %`,
    zh: `${plain.zh}，且把握超过 ${sure}%`,
  };
}

/** Why somebody keeps tier `index` though their value alone is of another one; undefined where nothing holds them. */
export function heldWords(policy: Policy, why: Why, index: number): Words | undefined {
  const tier = policy.tiers[index]!;
  switch (why) {
    case 'held-by-gap':
      return {
        en: `Stays in ${tier.en}: the value is within ${percent(policy.hysteresis)} % of the cut`,
        zh: `暂留${tier.zh}：价值与分界线相差不到 ${percent(policy.hysteresis)}%`,
      };
    case 'held-by-dwell':
      return {
        en: `Stays in ${tier.en}: in it for less than ${policy.dwellDays} days`,
        zh: `暂留${tier.zh}：进入该等级未满 ${policy.dwellDays} 天`,
      };
    case 'held-by-doubt':
      return {
        en: `Stays in ${tier.en}: the value is of another tier, but that is not sure enough yet`,
        zh: `暂留${tier.zh}：价值已属于其他等级，但把握还不够`,
      };
    case 'held-by-places': {
      const next = policy.tiers[index + 1] ?? tier;
      return {
        en: `Stays in ${tier.en}: all places of ${next.en} are taken`,
        zh: `暂留${tier.zh}：${next.zh}名额已满`,
      };
    }
    default:
      return undefined;
  }
}
