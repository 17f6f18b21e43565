/** What the made-up shop sells, in both languages: leaf categories with the habits of their trade. */

export interface Leaf {
  readonly key: string;
  readonly en: string;
  readonly zh: string;
  readonly department: string;
  /** Median list price, in yuan. */
  readonly priceYuan: number;
  /** Unit cost as a share of the list price. */
  readonly costShare: number;
  /** Days that one purchase lasts; 0 where it is not used up. */
  readonly cycleDays: number;
  /** Chance that a paid line comes back. */
  readonly returnShare: number;
  /** Mean of the units beyond the first. */
  readonly extraUnits: number;
  /** English and Chinese nouns, in pairs. */
  readonly nouns: readonly (readonly [string, string])[];
  /** Aspects that descriptions and reviews speak of, in pairs. */
  readonly aspects: readonly (readonly [string, string])[];
}

export const DEPARTMENTS: Readonly<Record<string, readonly [string, string]>> = {
  drinks: ['Tea & Coffee', '茶与咖啡'],
  kitchen: ['Kitchen & Table', '厨房餐桌'],
  home: ['Home', '家居'],
  body: ['Bath & Body', '洗护'],
  apparel: ['Apparel', '服饰'],
  outdoors: ['Outdoors', '户外'],
  desk: ['Stationery & Desk', '文具书桌'],
  pets: ['Pets', '宠物'],
};

type Numbers = readonly [price: number, cost: number, cycle: number, returns: number, extra: number];

/** Pairs are written `English|中文; English|中文`. */
function leaf(key: string, name: string, department: string, numbers: Numbers, nouns: string, aspects: string): Leaf {
  const [priceYuan, costShare, cycleDays, returnShare, extraUnits] = numbers;
  const [en, zh] = pairs(name)[0]!;
  const habits = { priceYuan, costShare, cycleDays, returnShare, extraUnits };
  return { key, en, zh, department, ...habits, nouns: pairs(nouns), aspects: pairs(aspects) };
}

const pairs = (text: string): [string, string][] => text.split('; ').map((pair) => pair.split('|') as [string, string]);

/** Three leaves to a department, in a fixed order that the rest of the folder relies on. */
export const LEAVES: readonly Leaf[] = [
  leaf(
    'coffee',
    'Coffee Beans|咖啡豆',
    'drinks',
    [78, 0.48, 30, 0.015, 0.35],
    'Espresso Blend|意式拼配咖啡豆; Yunnan Single Origin|云南单品咖啡豆; Drip Bags|挂耳咖啡; Decaf Beans|低因咖啡豆',
    'aroma|香气; taste|口感; freshness|新鲜度',
  ),
  leaf(
    'tea',
    'Tea|茶叶',
    'drinks',
    [98, 0.42, 45, 0.015, 0.3],
    'Jasmine Green Tea|茉莉绿茶; Aged White Tea|陈年白茶; Oolong|乌龙茶; Cold-brew Tea Bags|冷泡茶包',
    'aroma|香气; taste|口感; packaging|包装',
  ),
  leaf(
    'brewing',
    'Brewing Gear|冲煮器具',
    'drinks',
    [168, 0.55, 0, 0.04, 0.05],
    'Pour-over Dripper|手冲滤杯; Gooseneck Kettle|细口壶; Hand Grinder|手摇磨豆机; Gaiwan Set|盖碗套装',
    'workmanship|做工; handle|手感; size|大小',
  ),
  leaf(
    'mugs',
    'Mugs & Cups|杯子',
    'kitchen',
    [59, 0.45, 0, 0.04, 0.3],
    'Stoneware Mug|粗陶马克杯; Glass Tumbler|玻璃杯; Travel Cup|随行杯; Tea Cup Pair|对杯',
    'glaze|釉色; handle|手感; weight|分量',
  ),
  leaf(
    'tableware',
    'Tableware|餐具',
    'kitchen',
    [88, 0.46, 0, 0.05, 0.5],
    'Dinner Plate|餐盘; Rice Bowl|饭碗; Chopsticks Set|筷子套装; Serving Bowl|汤碗',
    'glaze|釉色; workmanship|做工; size|大小',
  ),
  leaf(
    'cookware',
    'Cookware|锅具',
    'kitchen',
    [269, 0.58, 0, 0.06, 0.02],
    'Enamel Pot|珐琅锅; Cast-iron Pan|铸铁煎锅; Steamer|蒸锅; Wok|炒锅',
    'heat|导热; weight|分量; workmanship|做工',
  ),
  leaf(
    'candles',
    'Candles & Scent|香薰蜡烛',
    'home',
    [118, 0.38, 60, 0.03, 0.2],
    'Soy Candle|大豆蜡烛; Reed Diffuser|无火香薰; Incense Sticks|线香; Sachet|香囊',
    'scent|香味; lasting|留香时间; packaging|包装',
  ),
  leaf(
    'bedding',
    'Bedding|床品',
    'home',
    [359, 0.52, 0, 0.09, 0.05],
    'Cotton Sheet Set|纯棉四件套; Down Pillow|羽绒枕; Linen Duvet Cover|亚麻被套; Wool Blanket|羊毛毯',
    'fabric|面料; softness|柔软度; colour|颜色',
  ),
  leaf(
    'lamps',
    'Lamps|灯具',
    'home',
    [239, 0.54, 0, 0.06, 0.04],
    'Desk Lamp|台灯; Night Light|小夜灯; Paper Lantern|纸灯; Floor Lamp|落地灯',
    'light|光线; switch|开关; workmanship|做工',
  ),
  leaf(
    'soap',
    'Soap & Wash|沐浴清洁',
    'body',
    [45, 0.36, 35, 0.015, 0.6],
    'Camellia Body Wash|山茶沐浴露; Handmade Soap|手工皂; Hand Wash|洗手液; Bath Salts|浴盐',
    'scent|香味; lather|泡沫; gentleness|温和度',
  ),
  leaf(
    'skincare',
    'Skin Care|护肤',
    'body',
    [158, 0.32, 50, 0.03, 0.15],
    'Rice Serum|大米精华; Face Cream|面霜; Hand Cream|护手霜; Sun Lotion|防晒乳',
    'texture|质地; absorption|吸收; gentleness|温和度',
  ),
  leaf(
    'hair',
    'Hair Care|洗发护发',
    'body',
    [69, 0.36, 42, 0.02, 0.35],
    'Ginger Shampoo|生姜洗发水; Repair Conditioner|修护护发素; Hair Oil|护发精油; Scalp Scrub|头皮磨砂膏',
    'scent|香味; smoothness|顺滑度; gentleness|温和度',
  ),
  leaf(
    'shirts',
    'Shirts & Tees|上衣',
    'apparel',
    [149, 0.44, 0, 0.13, 0.08],
    'Cotton Tee|纯棉T恤; Linen Shirt|亚麻衬衫; Knit Sweater|针织衫; Sun Jacket|防晒衣',
    'fabric|面料; fit|版型; colour|颜色',
  ),
  leaf(
    'shoes',
    'Shoes & Socks|鞋袜',
    'apparel',
    [129, 0.47, 0, 0.12, 0.1],
    'Canvas Shoes|帆布鞋; House Slippers|居家拖鞋; Wool Socks|羊毛袜; Walking Shoes|健步鞋',
    'comfort|舒适度; size|尺码; sole|鞋底',
  ),
  leaf(
    'bags',
    'Bags|包袋',
    'apparel',
    [189, 0.46, 0, 0.08, 0.02],
    'Canvas Tote|帆布托特包; Commuter Backpack|通勤双肩包; Crossbody Bag|斜挎包; Wash Bag|洗漱包',
    'fabric|面料; capacity|容量; zip|拉链',
  ),
  leaf(
    'camping',
    'Camping|露营装备',
    'outdoors',
    [299, 0.57, 0, 0.06, 0.06],
    'Two-person Tent|双人帐篷; Folding Chair|折叠椅; Sleeping Bag|睡袋; Camp Stove|野营炉',
    'set-up|搭建; weight|重量; workmanship|做工',
  ),
  leaf(
    'bottles',
    'Bottles & Flasks|水壶保温杯',
    'outdoors',
    [109, 0.47, 0, 0.04, 0.12],
    'Steel Flask|不锈钢保温杯; Sports Bottle|运动水壶; Kids Bottle|儿童水杯; Food Jar|焖烧罐',
    'insulation|保温; seal|密封; weight|重量',
  ),
  leaf(
    'snacks',
    'Trail Snacks|户外零食',
    'outdoors',
    [36, 0.55, 21, 0.01, 0.9],
    'Mixed Nuts|混合坚果; Oat Bars|燕麦能量棒; Dried Mango|芒果干; Beef Jerky|牛肉干',
    'taste|口味; freshness|新鲜度; packaging|包装',
  ),
  leaf(
    'notebooks',
    'Notebooks|本册',
    'desk',
    [39, 0.4, 75, 0.02, 0.5],
    'Dot-grid Notebook|点阵笔记本; Weekly Planner|周计划本; Sketchbook|速写本; Memo Pad|便签本',
    'paper|纸张; binding|装订; cover|封面',
  ),
  leaf(
    'pens',
    'Pens & Ink|笔与墨水',
    'desk',
    [49, 0.43, 60, 0.02, 0.6],
    'Gel Pen Set|中性笔套装; Fountain Pen|钢笔; Brush Pen|秀丽笔; Bottled Ink|瓶装墨水',
    'flow|出墨; grip|握感; colour|颜色',
  ),
  leaf(
    'audio',
    'Audio & Gadgets|音频数码',
    'desk',
    [319, 0.64, 0, 0.07, 0.02],
    'Wireless Earbuds|无线耳机; Desk Speaker|桌面音箱; Charging Dock|充电底座; Mechanical Keyboard|机械键盘',
    'sound|音质; battery|续航; connection|连接',
  ),
  leaf(
    'pet-food',
    'Pet Food|宠物食品',
    'pets',
    [89, 0.6, 28, 0.015, 0.5],
    'Salmon Cat Food|三文鱼猫粮; Chicken Dog Food|鸡肉狗粮; Freeze-dried Treats|冻干零食; Wet Food Cans|主食罐',
    'palatability|适口性; freshness|新鲜度; packaging|包装',
  ),
  leaf(
    'litter',
    'Litter & Care|猫砂护理',
    'pets',
    [52, 0.58, 24, 0.015, 0.7],
    'Tofu Cat Litter|豆腐猫砂; Pet Wipes|宠物湿巾; Fur Shampoo|宠物香波; Deodorising Spray|除味喷雾',
    'clumping|结团; dust|粉尘; scent|香味',
  ),
  leaf(
    'pet-toys',
    'Toys & Beds|玩具窝垫',
    'pets',
    [76, 0.48, 0, 0.05, 0.2],
    'Feather Wand|逗猫棒; Chew Ball|磨牙球; Cat Nest|猫窝; Scratching Board|猫抓板',
    'sturdiness|耐用度; size|大小; safety|安全性',
  ),
];

/**
 * The occasions that a customer shops for. Each order has one; the numbers are relative weights of leaves by key, so
 * leaves of one occasion are bought together.
 */
export const OCCASIONS: readonly Readonly<Record<string, number>>[] = [
  { coffee: 5, tea: 1.5, mugs: 2, brewing: 2, notebooks: 0.6, snacks: 0.6 },
  { tea: 4, candles: 2.5, tableware: 2, brewing: 1.2, mugs: 1, lamps: 0.6 },
  { cookware: 2.5, tableware: 3.5, soap: 1.5, mugs: 1, coffee: 0.5 },
  { candles: 2, bedding: 3, lamps: 2, soap: 1, shirts: 0.5 },
  { skincare: 4, hair: 3, soap: 3, candles: 0.8, bags: 0.5 },
  { shirts: 4, shoes: 3, bags: 2.5, skincare: 0.6 },
  { camping: 3, bottles: 3, snacks: 4, shoes: 1, shirts: 0.8 },
  { notebooks: 3.5, pens: 3.5, audio: 1.6, lamps: 0.8, coffee: 0.8, bags: 0.6 },
  { 'pet-food': 5, litter: 4, 'pet-toys': 2, snacks: 0.3 },
];

/** Leaves whose products go together one by one, such as beans and a grinder. */
export const COMPANIONS: readonly (readonly [string, string])[] = [
  ['coffee', 'brewing'],
  ['tea', 'mugs'],
  ['tableware', 'cookware'],
  ['candles', 'bedding'],
  ['lamps', 'audio'],
  ['soap', 'hair'],
  ['skincare', 'bags'],
  ['shirts', 'shoes'],
  ['camping', 'bottles'],
  ['notebooks', 'pens'],
  ['pet-food', 'litter'],
];
