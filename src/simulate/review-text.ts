/** What reviews say: varied sentences in both languages whose tone fits the rating and that name aspects of the goods. */
import type { Random } from '#kernels/random.ts';
import type { Leaf } from './lexicon.ts';

type Tone = 'good' | 'fair' | 'bad';

const OPENERS: Record<'en' | 'zh', Record<Tone, readonly string[]>> = {
  en: {
    good: ['Love it.', 'Very happy with this.', 'Exactly what I hoped for.', 'Bought it again!', 'A lovely find.', ''],
    fair: ['It is all right.', 'Decent for the price.', 'Mixed feelings.', 'Does the job.', ''],
    bad: ['Disappointed.', 'Would not buy again.', 'Not as described.', 'Sent it back.', 'Expected more.', ''],
  },
  zh: {
    good: ['很喜欢！', '超出预期。', '已经回购了。', '家里人都说好。', '值得推荐，', ''],
    fair: ['还可以吧。', '中规中矩。', '对得起价格，', '一般般，', ''],
    bad: ['有点失望。', '不会再买了。', '和描述不太一样。', '已经申请退货。', '期望太高了，', ''],
  },
};

const JUDGEMENTS: Record<'en' | 'zh', Record<Tone, readonly string[]>> = {
  en: {
    good: ['The {a} is excellent', 'The {a} is better than I thought', 'I really like the {a}', 'Great {a}'],
    fair: ['The {a} is so-so', 'The {a} is fine, nothing special', 'The {a} could be a bit better'],
    bad: ['The {a} is poor', 'The {a} let me down', 'There is a problem with the {a}', 'Bad {a}'],
  },
  zh: {
    good: ['{a}非常好', '{a}比想象的还好', '{a}没得说', '特别喜欢它的{a}'],
    fair: ['{a}一般', '{a}还行，没有惊喜', '{a}可以再好一点'],
    bad: ['{a}很差', '{a}让人失望', '{a}有问题', '{a}不行'],
  },
};

const CLOSERS: Record<'en' | 'zh', Record<Tone, readonly string[]>> = {
  en: {
    good: ['Delivery was quick too.', 'Would recommend to friends.', 'Good value.', '', ''],
    fair: ['Delivery took a while.', 'Might try another one next time.', '', ''],
    bad: ['Customer service was slow to answer.', 'The box arrived damaged.', 'Too expensive for what it is.', '', ''],
  },
  zh: {
    good: ['物流也很快。', '会推荐给朋友。', '性价比高。', '', ''],
    fair: ['物流有点慢。', '下次想试试别的款。', '', ''],
    bad: ['客服回复很慢。', '收到时盒子破了。', '这个价格不值。', '', ''],
  },
};

const toneOf = (rating: number): Tone => (rating >= 4 ? 'good' : rating === 3 ? 'fair' : 'bad');

/** A review of `leaf`'s goods; never empty, and names at least one aspect. */
export function reviewText(leaf: Leaf, rating: number, language: 'zh' | 'en', draw: Random): string {
  const tone = toneOf(rating);
  const pick = <T>(list: readonly T[]): T => list[draw.integer(list.length)]!;
  const aspect = (k: number) => leaf.aspects[k]![language === 'zh' ? 1 : 0];
  const first = draw.integer(leaf.aspects.length);
  const judged = [pick(JUDGEMENTS[language][tone]).replace('{a}', aspect(first))];
  if (draw.uniform() < 0.45) {
    const second = (first + 1 + draw.integer(leaf.aspects.length - 1)) % leaf.aspects.length;
    // Even a happy customer may have one complaint, and the other way round.
    const other: Tone = draw.uniform() < 0.75 ? tone : 'fair';
    judged.push(pick(JUDGEMENTS[language][other]).replace('{a}', aspect(second)));
  }
  const parts = [pick(OPENERS[language][tone]), ...sentences(judged, language), pick(CLOSERS[language][tone])];
  return parts.filter((part) => part !== '').join(language === 'zh' ? '' : ' ');
}

const sentences = (judged: readonly string[], language: 'zh' | 'en'): string[] =>
  language === 'zh' ? [`${judged.join('，')}。`] : judged.map((text) => `${text}.`);
