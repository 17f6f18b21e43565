/** 活动向导与活动生命周期的中文。 */
import type { wizard as en } from '../en/wizard.ts';

export const wizard: Readonly<Record<keyof typeof en, string>> = {
  'wizard.limits': '预算与限制',
  'wizard.offer.add': '添加优惠',
  'wizard.offer.name': '优惠 {id}',
  'wizard.offer.remove': '移除优惠 {id}',
  'wizard.offer.contact': '单次触达成本',
  'wizard.offer.channel': '渠道',
  'wizard.offer.anyChannel': '不限',
  'wizard.offer.most': '人数上限',
  'wizard.channel.email': '邮件',
  'wizard.channel.sms': '短信',
  'wizard.channel.wechat': '微信',
  'wizard.channel.ad': '广告',
  'wizard.channel.onsite': '站内',
  'wizard.minRoi': '最低投入产出（利润/成本）',
  'wizard.exploration': '探索比例',
  'wizard.exploration.hint':
    '这一比例的客户（且不超过同比例的预算）以已知概率随机获得一种优惠。当下成本略高，但能学到哪种优惠适合谁。',
  'wizard.perTier': '各层级人数上限',
};
