/** English of campaigns: the wizard, the life of a campaign. */
export const wizard = {
  'wizard.limits': 'Budget and limits',
  'wizard.offer.add': 'Add an offer',
  'wizard.offer.name': 'Offer {id}',
  'wizard.offer.remove': 'Remove offer {id}',
  'wizard.offer.contact': 'Cost of a contact',
  'wizard.offer.channel': 'Channel',
  'wizard.offer.anyChannel': 'any',
  'wizard.offer.most': 'People at most',
  'wizard.channel.email': 'E-mail',
  'wizard.channel.sms': 'SMS',
  'wizard.channel.wechat': 'WeChat',
  'wizard.channel.ad': 'Ads',
  'wizard.channel.onsite': 'On the site',
  'wizard.minRoi': 'Profit per unit spent, at least',
  'wizard.exploration': 'Exploration',
  'wizard.exploration.hint':
    'This share of the people, and of the budget at most, gets an offer drawn at random with a known chance. It costs a little now and teaches which offer suits whom.',
  'wizard.perTier': 'People at most by tier',
} as const;
