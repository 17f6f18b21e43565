/** Why somebody is in an arm, in both languages. */
export const REASON_CODES = [
  'expected-profit',
  'random-holdout',
  'no-consent',
  'contacted-recently',
  'no-profit',
  'budget',
  'tier-cap',
  'people-cap',
  'offer-cap',
  'channel-cap',
  'return',
  'exploration',
  'other-campaign',
  'global-holdout',
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

export interface Words {
  readonly en: string;
  readonly zh: string;
}

/** Texts of a campaign's reasons. `assumed`: the profit rests on assumptions and says so. */
export function reasonWords({ days, assumed }: { days: number; assumed: boolean }): Record<ReasonCode, Words> {
  const how = assumed ? { en: ' (assumed, not yet measured)', zh: '（为假设值，尚未实测）' } : { en: '', zh: '' };
  return {
    'expected-profit': {
      en: `Expected to bring more than it costs, and within the budget${how.en}`,
      zh: `预计收益高于成本，且在预算之内${how.zh}`,
    },
    'random-holdout': {
      en: 'Drawn at random to get nothing, so that the effect can be measured',
      zh: '随机抽入对照组，不发放优惠，用于衡量真实效果',
    },
    'no-consent': { en: 'No consent to marketing', zh: '未同意接收营销信息' },
    'contacted-recently': {
      en: `Had an offer within the last ${days} days`,
      zh: `最近 ${days} 天内已收到过优惠`,
    },
    'no-profit': {
      en: `Expected to cost more than it brings${how.en}`,
      zh: `预计成本高于收益${how.zh}`,
    },
    budget: {
      en: 'The budget went to customers who bring more for it',
      zh: '预算已用于单位成本回报更高的客户',
    },
    'tier-cap': { en: 'The limit of people in this tier was reached', zh: '该层级人数已达上限' },
    'offer-cap': {
      en: 'The limit of people for the offers that would pay was reached',
      zh: '能带来收益的优惠已达人数上限',
    },
    'channel-cap': {
      en: 'The limit of people of the channel was reached',
      zh: '该渠道人数已达上限',
    },
    return: {
      en: 'Expected to bring less for its cost than the campaign must',
      zh: '预计回报低于活动要求的最低回报',
    },
    exploration: {
      en: 'Drawn at random to try the offers, so that their effects are learned',
      zh: '随机抽入探索组，随机获得一种优惠，用于学习各优惠的效果',
    },
    'other-campaign': {
      en: 'Is in another campaign that comes first',
      zh: '已在优先级更高的其他活动中',
    },
    'global-holdout': {
      en: 'In the global holdout, which gets no campaign, so that what marketing brings as a whole can be measured',
      zh: '属于全局对照组，不参加任何活动，用于衡量营销整体效果',
    },
    'people-cap': { en: 'The limit of people was reached', zh: '活动人数已达上限' },
  };
}
