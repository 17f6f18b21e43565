/**
 * Which encoding the bytes of a text file are in. Decided on the whole file, with its evidence; when the evidence is
 * weak, nothing is guessed.
 */

export interface Sample {
  /** The first bytes of the file. */
  readonly head: Uint8Array;
  /** Every byte fits UTF-8. */
  readonly isUtf8: boolean;
  readonly hasNul: boolean;
  /** A stretch around the first bytes that are not UTF-8, and what came before. */
  readonly foreign: Uint8Array;
}

export interface Verdict {
  /** Undefined when the evidence is too weak. */
  readonly encoding: string | undefined;
  readonly evidence: string;
  /** Bytes of the mark at the start. */
  readonly bom: number;
}

/** The mark at the start of a file: its encoding and length. */
export function bomOf(head: Uint8Array): { encoding: string; bom: number } | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', bom: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', bom: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', bom: 2 };
  if (head[0] === 0x84 && head[1] === 0x31 && head[2] === 0x95 && head[3] === 0x33)
    return { encoding: 'gb18030', bom: 4 };
  return undefined;
}

export function judge(sample: Sample): Verdict {
  const mark = bomOf(sample.head);
  if (mark !== undefined) return { ...mark, evidence: 'byte order mark' };
  if (sample.hasNul) return { ...utf16(sample.head), bom: 0 };
  if (sample.isUtf8) return { encoding: 'utf-8', evidence: 'every byte fits UTF-8', bom: 0 };
  return { ...gb18030(sample.foreign), bom: 0 };
}

/** Signs, digits and line ends of UTF-16 text have a zero byte, always on the same side. */
function utf16(head: Uint8Array): { encoding: string | undefined; evidence: string } {
  const zeros = [0, 0];
  const even = head.length - (head.length % 2);
  for (let i = 0; i < even; i++) if (head[i] === 0) zeros[i % 2]! += 1;
  const [first, second] = zeros.map((count) => (2 * count) / Math.max(even, 1)) as [number, number];
  const evidence = `zero bytes at ${percent(first)} of even and ${percent(second)} of odd places`;
  if (second >= 0.1 && first <= second / 5) return { encoding: 'utf-16le', evidence };
  if (first >= 0.1 && second <= first / 5) return { encoding: 'utf-16be', evidence };
  return { encoding: undefined, evidence: `not text: ${evidence}` };
}

const HAN_MIN = 12;
const COMMON_MIN = 0.4;
const LEVEL_MIN = 0.95;

/**
 * Chinese text read as GB18030 is made of characters of GB2312, many of which are among the few hundred that are used
 * most. Other encodings read so give rare characters: Latin letters pair with a neighbour, Korean spreads evenly.
 */
function gb18030(bytes: Uint8Array): { encoding: string | undefined; evidence: string } {
  const text = decodeWhole(bytes);
  if (text === undefined) return { encoding: undefined, evidence: 'neither UTF-8 nor GB18030' };
  let han = 0;
  let common = 0;
  let known = 0;
  let wide = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code < 0x80) continue;
    wide++;
    if (isHan(code)) {
      han++;
      if (COMMON.has(character)) common++;
    }
  }
  let pairs = 0;
  let four = 0;
  for (let i = 0; i < bytes.length; ) {
    const lead = bytes[i]!;
    if (lead < 0x80) {
      i++;
      continue;
    }
    const trail = bytes[i + 1] ?? 0;
    if (trail >= 0x30 && trail <= 0x39) {
      four++;
      i += 4;
      continue;
    }
    pairs++;
    if (((lead >= 0xb0 && lead <= 0xd7) || (lead >= 0xa1 && lead <= 0xa3)) && trail >= 0xa1) known++;
    i += 2;
  }
  const evidence = `read as GB18030: ${wide} wide characters, ${percent(known / Math.max(pairs, 1))} in the common part of GB2312, ${percent(common / Math.max(han, 1))} of ${han} Han characters among the most used`;
  const isSure = han >= HAN_MIN && common / han >= COMMON_MIN && known / Math.max(pairs, 1) >= LEVEL_MIN;
  if (!isSure) return { encoding: undefined, evidence: `not UTF-8, and not surely Chinese; ${evidence}` };
  return { encoding: four > 0 ? 'gb18030' : 'gbk', evidence };
}

/** The stretch may end inside a character: up to three bytes are left out. */
function decodeWhole(bytes: Uint8Array): string | undefined {
  for (let cut = 0; cut < 4; cut++) {
    try {
      return new TextDecoder('gb18030', { fatal: true }).decode(bytes.subarray(0, bytes.length - cut));
    } catch {}
  }
  return undefined;
}

const isHan = (code: number): boolean => code >= 0x4e00 && code <= 0x9fff;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Characters that are frequent in Chinese at large, and in shops, names and addresses. */
const COMMON: ReadonlySet<string> = new Set(
  '的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运笔' +
    '商店货单订购买卖价格元钱付款费用优惠券折扣促销满减赠送包邮快递物流收发货退换评价客户会员积分等级手机电脑平板数码家居服装鞋帽男装女装童装食品饮料水果零食茶酒奶粉母婴玩具图书文具运动户外美妆护肤洗发沐浴牙膏纸巾清洁厨房锅碗杯盘床单被子枕头毛巾灯具桌椅沙发柜箱包袋表眼镜首饰珠宝汽车配件工具五金宠物狗猫粮' +
    '北京上海广州深圳天津重庆成都杭州武汉西安苏州南京长沙郑州青岛宁波东莞佛山福建厦门济南大连沈阳哈尔滨昆明合肥石家庄省市县镇村街道号楼室区路' +
    '王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜范江傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖武康贺严尹钱施牛洪龚' +
    '伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅玲燕桃花春晓婷雪宇浩轩梓涵子欣怡' +
    '黑白红绿蓝黄紫灰粉棕色大中小号码款式新旧热销推荐限时特价正品进口国产天然有机棉麻丝绸皮革不锈钢塑料玻璃陶瓷木质便携智能无线充电蓝牙耳机音箱键盘鼠标显示器打印机相机镜头电池线套装礼盒克斤升毫米寸件双瓶盒袋条支',
);
