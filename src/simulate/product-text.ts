/** Titles and descriptions of products, in both languages. */
import { random, split } from '#kernels/random.ts';
import type { Catalogue } from './catalogue.ts';
import { DEPARTMENTS, LEAVES } from './lexicon.ts';
import { BRANDS, QUALITIES, SHADES } from './names.ts';

export interface ProductText {
  readonly title: string;
  readonly titleZh: string;
  readonly description: string;
  readonly descriptionZh: string;
  readonly category: string;
  readonly categoryZh: string;
  readonly brand: string;
}

const USES: Readonly<Record<string, readonly [string, string]>> = {
  drinks: ['for slow mornings and long afternoons', '适合慢下来的早晨与午后'],
  kitchen: ['for everyday meals and friends at the table', '适合日常三餐与朋友小聚'],
  home: ['for rooms that feel like home', '让房间更有家的感觉'],
  body: ['for gentle care every day', '每天温和呵护'],
  apparel: ['for city days and short trips', '适合城市通勤与短途出行'],
  outdoors: ['for weekends in the open', '适合周末去户外'],
  desk: ['for a tidy desk and a clear head', '让书桌整洁、头脑清楚'],
  pets: ['for the friend who waits at the door', '给在门口等你的它'],
};

const MADE: readonly (readonly [string, string])[] = [
  ['Made in small batches', '小批量制作'],
  ['Designed with people who use it daily', '与日常使用者一起设计'],
  ['Made from carefully chosen materials', '选材讲究'],
  ['A quiet classic of the house', '本店的低调经典'],
  ['New this season', '本季新品'],
];

export function productText(seed: number, catalogue: Catalogue, p: number): ProductText {
  const draw = random(split(seed, 'text', p));
  const leaf = LEAVES[catalogue.leaf[p]!]!;
  const brand = BRANDS[catalogue.brand[p]!]!;
  const noun = leaf.nouns[catalogue.noun[p]!]!;
  const quality = QUALITIES[catalogue.quality[p]!]!;
  const shade = SHADES[catalogue.shade[p]!]!;
  const department = DEPARTMENTS[leaf.department]!;
  const made = MADE[draw.integer(MADE.length)]!;
  const [first, second] = [leaf.aspects[0]!, leaf.aspects[1 + draw.integer(leaf.aspects.length - 1)]!];
  const use = USES[leaf.department]!;
  // The number of the edition keeps two products of one brand apart that share every other word.
  const edition = 1 + Math.floor((p - catalogue.leafStart[catalogue.leaf[p]!]!) / leaf.nouns.length);
  return {
    title: `${brand[0]} ${quality[0]} ${noun[0]} No. ${edition}, ${shade[0]}`,
    titleZh: `${brand[1]} ${quality[1]}${noun[1]} ${edition}号 ${shade[1]}`,
    description: `${made[0]} by ${brand[0]}. ${noun[0]} with good ${first[0]} and ${second[0]}, ${use[0]}. Colour: ${shade[0]}.`,
    descriptionZh: `${brand[1]}${made[1]}。${noun[1]}，讲究${first[1]}与${second[1]}，${use[1]}。颜色：${shade[1]}。`,
    category: `${department[0]} > ${leaf.en}`,
    categoryZh: `${department[1]} > ${leaf.zh}`,
    brand: brand[0],
  };
}
