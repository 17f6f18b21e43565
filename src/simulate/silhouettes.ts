/** Drawings of what the shop sells, one a leaf, as layers of simple forms on a 160 x 160 sheet. */

/** 0 body, 1 dark part, 2 light part, 3 label in the brand's colour. */
export type Tone = 0 | 1 | 2 | 3;

export type Form =
  | readonly ['box', tone: Tone, cx: number, cy: number, halfWidth: number, halfHeight: number, corner: number]
  | readonly ['disc', tone: Tone, cx: number, cy: number, radius: number]
  | readonly ['oval', tone: Tone, cx: number, cy: number, halfWidth: number, halfHeight: number]
  | readonly ['ring', tone: Tone, cx: number, cy: number, radius: number, halfThickness: number]
  | readonly ['line', tone: Tone, x1: number, y1: number, x2: number, y2: number, halfThickness: number]
  | readonly ['area', tone: Tone, points: readonly number[]];

const bottle = (width: number): Form[] => [
  ['box', 1, 80, 38, 10, 10, 3],
  ['box', 0, 80, 90, width, 42, 12],
  ['box', 3, 80, 94, width, 16, 0],
];
const pouch: Form[] = [
  ['area', 0, [50, 46, 110, 46, 116, 128, 44, 128]],
  ['box', 1, 80, 42, 31, 6, 2],
  ['box', 3, 80, 90, 22, 18, 4],
];

/** By leaf key; later forms lie on earlier ones. */
export const SILHOUETTES: Readonly<Record<string, readonly Form[]>> = {
  coffee: [...pouch, ['oval', 1, 80, 90, 7, 11], ['line', 2, 80, 82, 80, 98, 1.5]],
  tea: [
    ['box', 0, 80, 90, 34, 38, 6],
    ['box', 1, 80, 50, 36, 9, 4],
    ['box', 3, 80, 92, 34, 13, 0],
    ['oval', 2, 76, 92, 11, 5],
  ],
  brewing: [
    ['ring', 1, 118, 74, 17, 4],
    ['area', 0, [42, 50, 118, 50, 100, 100, 60, 100]],
    ['box', 1, 80, 104, 30, 4, 2],
    ['area', 2, [66, 108, 94, 108, 102, 132, 58, 132]],
    ['box', 3, 80, 66, 26, 5, 2],
  ],
  mugs: [
    ['ring', 1, 112, 88, 19, 5],
    ['box', 0, 76, 90, 34, 36, 8],
    ['oval', 1, 76, 55, 34, 7],
    ['oval', 2, 76, 55, 28, 4],
    ['disc', 3, 76, 94, 12],
  ],
  tableware: [
    ['disc', 0, 80, 86, 48],
    ['disc', 2, 80, 86, 36],
    ['ring', 3, 80, 86, 30, 2],
    ['line', 1, 18, 50, 18, 124, 3],
    ['line', 1, 142, 50, 142, 124, 3],
  ],
  cookware: [
    ['line', 1, 24, 84, 136, 84, 6],
    ['box', 0, 80, 100, 42, 28, 10],
    ['oval', 1, 80, 72, 44, 9],
    ['disc', 3, 80, 60, 7],
  ],
  candles: [
    ['box', 2, 80, 96, 30, 34, 8],
    ['box', 0, 80, 104, 30, 26, 8],
    ['line', 1, 80, 50, 80, 64, 2],
    ['oval', 3, 80, 40, 7, 13],
    ['oval', 2, 80, 44, 3, 6],
  ],
  bedding: [
    ['box', 1, 80, 118, 54, 10, 4],
    ['box', 0, 80, 98, 56, 14, 10],
    ['box', 2, 80, 74, 50, 13, 10],
    ['box', 3, 80, 54, 36, 10, 9],
  ],
  lamps: [
    ['line', 1, 80, 70, 80, 128, 4],
    ['oval', 1, 80, 130, 28, 6],
    ['area', 0, [58, 34, 102, 34, 122, 80, 38, 80]],
    ['area', 2, [66, 40, 76, 40, 68, 76, 52, 76]],
    ['disc', 3, 80, 86, 7],
  ],
  soap: [...bottle(26), ['line', 1, 80, 28, 80, 22, 3], ['line', 1, 80, 22, 60, 26, 3]],
  skincare: [
    ['box', 0, 80, 96, 38, 30, 10],
    ['box', 1, 80, 60, 40, 11, 5],
    ['box', 3, 80, 98, 24, 9, 3],
  ],
  hair: [...bottle(20), ['oval', 2, 72, 70, 3, 9]],
  shirts: [
    ['area', 0, [58, 36, 102, 36, 138, 60, 124, 82, 108, 72, 108, 130, 52, 130, 52, 72, 36, 82, 22, 60]],
    ['oval', 1, 80, 36, 15, 8],
    ['box', 3, 94, 68, 7, 8, 1],
  ],
  shoes: [
    ['area', 0, [34, 70, 62, 62, 78, 78, 120, 92, 130, 112, 34, 112]],
    ['box', 2, 82, 116, 50, 7, 4],
    ['line', 3, 70, 76, 82, 68, 2],
    ['line', 3, 80, 82, 92, 74, 2],
    ['box', 1, 40, 74, 7, 8, 3],
  ],
  bags: [
    ['ring', 1, 80, 58, 24, 4],
    ['area', 0, [40, 62, 120, 62, 128, 130, 32, 130]],
    ['box', 3, 80, 98, 20, 12, 3],
    ['line', 1, 40, 66, 120, 66, 2],
  ],
  camping: [
    ['area', 0, [80, 34, 142, 126, 18, 126]],
    ['area', 1, [80, 66, 104, 126, 56, 126]],
    ['line', 2, 80, 34, 50, 126, 1.5],
    ['area', 3, [80, 24, 98, 30, 80, 36]],
  ],
  bottles: [
    ['box', 1, 80, 38, 16, 12, 4],
    ['box', 0, 80, 92, 23, 42, 9],
    ['box', 2, 68, 92, 3, 34, 3],
    ['box', 3, 84, 104, 8, 14, 3],
  ],
  snacks: [
    ['area', 0, [46, 40, 114, 40, 108, 84, 114, 128, 46, 128, 52, 84]],
    ['box', 1, 80, 43, 35, 4, 0],
    ['box', 1, 80, 125, 35, 4, 0],
    ['disc', 3, 80, 84, 19],
    ['oval', 2, 74, 82, 5, 8],
    ['oval', 2, 87, 87, 5, 8],
  ],
  notebooks: [
    ['box', 1, 83, 86, 37, 48, 5],
    ['box', 0, 78, 84, 37, 48, 5],
    ['box', 2, 48, 84, 3, 48, 0],
    ['box', 3, 84, 66, 18, 9, 2],
    ['line', 2, 68, 100, 100, 100, 1.5],
    ['line', 2, 68, 108, 92, 108, 1.5],
  ],
  pens: [
    ['line', 0, 44, 118, 100, 50, 8],
    ['line', 3, 96, 55, 112, 36, 8],
    ['area', 1, [38, 113, 50, 123, 34, 132]],
    ['line', 1, 78, 128, 120, 76, 5],
    ['line', 2, 54, 101, 88, 60, 1.5],
  ],
  audio: [
    ['ring', 1, 80, 78, 40, 5],
    ['box', 0, 42, 96, 13, 24, 9],
    ['box', 0, 118, 96, 13, 24, 9],
    ['box', 3, 42, 96, 5, 14, 4],
    ['box', 3, 118, 96, 5, 14, 4],
  ],
  'pet-food': [
    ...pouch,
    ['line', 2, 71, 90, 89, 90, 4],
    ['disc', 2, 69, 86, 4],
    ['disc', 2, 91, 86, 4],
    ['disc', 2, 69, 94, 4],
    ['disc', 2, 91, 94, 4],
  ],
  litter: [
    ['box', 0, 80, 92, 46, 36, 8],
    ['box', 2, 80, 64, 46, 7, 3],
    ['box', 3, 80, 98, 26, 13, 4],
    ['disc', 1, 80, 101, 5],
    ['disc', 1, 72, 93, 2.6],
    ['disc', 1, 80, 90, 2.6],
    ['disc', 1, 88, 93, 2.6],
  ],
  'pet-toys': [
    ['disc', 0, 72, 96, 32],
    ['ring', 2, 72, 96, 20, 2],
    ['line', 1, 94, 72, 124, 34, 2.5],
    ['oval', 3, 124, 40, 8, 14],
    ['disc', 1, 72, 96, 6],
  ],
};
