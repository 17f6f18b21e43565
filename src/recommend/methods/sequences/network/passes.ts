/**
 * The passes of the sequence network as lists of kernels.
 *
 * Vectors of items and places enter; each block adds attention to what came before, then a layer of twice the width with
 * relu, each after a norm of its rows; the last rows, normed, are compared with the vectors of items.
 *
 * @see Kang, McAuley (2018), Self-Attentive Sequential Recommendation, ICDM; Xiong et al. (2020) for norms before layers
 */
import type { Instruction } from '#kernels/program.ts';
import type { Room } from './room.ts';
import { entryScale, type Shape } from './shape.ts';

/** What both passes read. */
export interface Pass {
  readonly shape: Shape;
  readonly room: Room;
  /** Steps and histories of this part. */
  readonly steps: number;
  readonly histories: number;
  /** Address of the vectors [items x width]. */
  readonly table: number;
  /** Address of a weight by its name, of its transpose (only back), and of its gradient (only back). */
  weight(name: string): number;
  turned(name: string): number;
  gradient(name: string): number;
  /** gemm's own. */
  readonly panels: number;
  /** Seed of a layer's dropout; share 0: none. */
  readonly dropout: { readonly share: number; seed(layer: number): number };
}

/** Forward: fills entry .. hidden of the room. */
export function forward(pass: Pass): Instruction[] {
  const { shape, room, steps, weight } = pass;
  const { width } = shape;
  const { blocks } = room;
  const code: Instruction[] = [
    ['embed32', pass.table, room.item, weight('place'), room.place, entryScale(shape), blocks[0]!.entry, steps, width],
    ...dropped(pass, blocks[0]!.entry, 0),
  ];
  for (const [b, at] of blocks.entries()) {
    const next = blocks[b + 1]?.entry ?? room.exit;
    code.push(
      ['norm32', at.entry, weight(`gain1.${b}`), at.normed, at.stats, steps, width],
      ...product(pass, at.normed, weight(`attend.${b}`), at.asked, steps, 3 * width, width),
      ['attend32', at.asked, room.offsets, pass.histories, shape.heads, width, at.chances, at.heard],
      ...product(pass, at.heard, weight(`out.${b}`), at.middle, steps, width, width),
      ...dropped(pass, at.middle, 1 + 2 * b),
      ['add32s', at.middle, at.entry, steps * width],
      ['norm32', at.middle, weight(`gain2.${b}`), at.normed2, at.stats2, steps, width],
      ...product(pass, at.normed2, weight(`wide.${b}`), at.wide, steps, 2 * width, width),
      ['bias32', at.wide, weight(`wideBias.${b}`), 1, steps, 2 * width],
      ...product(pass, at.wide, weight(`narrow.${b}`), next, steps, width, 2 * width),
      ['bias32', next, weight(`narrowBias.${b}`), 0, steps, width],
      ...dropped(pass, next, 2 + 2 * b),
      ['add32s', next, at.middle, steps * width],
    );
  }
  code.push(['norm32', room.exit, weight('gain'), room.hidden, room.exitStats, steps, width]);
  return code;
}

/** What the loss compares with. */
export interface Drawn {
  /** i32 [drawn] items, their vectors [drawn x width] and these turned over. */
  readonly items: number;
  readonly vectors: number;
  readonly turned: number;
  /** [items] and [drawn] logarithm of how often each is drawn. */
  readonly offset: number;
  readonly drawnOffset: number;
  /** One over the steps of the whole batch. */
  readonly scale: number;
}

/** Loss and all gradients: `dense`, `drawnGradient`, `right` and `gradient` of the room. They must hold zeros but `right`. */
export function backward(pass: Pass, drawn: Drawn): Instruction[] {
  const { shape, room, steps, gradient } = pass;
  const { width } = shape;
  const [a, b] = room.scratch;
  const code: Instruction[] = [
    ...product(pass, room.hidden, drawn.turned, room.logits, steps, room.drawn, width),
    [
      ...([
        'softmaxDrawn32',
        room.hidden,
        pass.table,
        room.wanted,
        drawn.items,
        drawn.offset,
        drawn.drawnOffset,
      ] as const),
      ...[room.logits, room.right, drawn.scale, room.loss, steps, width, room.drawn],
    ],
    ...product(pass, room.logits, drawn.vectors, b, steps, width, room.drawn),
    ['gatherBy32', pass.table, room.wanted, room.right, b, steps, width],
    ['transpose32', room.logits, a, steps, room.drawn],
    ['gemm32', a, room.hidden, room.drawnGradient, room.drawn, width, steps, pass.panels],
    ['normBack32', room.exit, pass.weight('gain'), room.exitStats, b, room.gradient, gradient('gain'), steps, width],
  ];
  for (let block = shape.blocks - 1; block >= 0; block--) code.push(...blockBack(pass, block));
  code.push(...dropped(pass, room.gradient, 0), [
    'scatter32',
    gradient('place'),
    room.place,
    entryScale(shape),
    room.gradient,
    steps,
    width,
  ]);
  return code;
}

/** Turns the gradient of a block's result into that of what came in, in place. */
function blockBack(pass: Pass, block: number): Instruction[] {
  const { shape, room, steps, weight, turned, gradient, panels } = pass;
  const { width } = shape;
  const at = room.blocks[block]!;
  const [a, b, c] = room.scratch;
  const [wide, narrow, out, attend] = ['wide', 'narrow', 'out', 'attend'].map((name) => `${name}.${block}`) as [
    ...[string, string, string, string],
  ];
  const copied = (to: number): Instruction[] => [
    ['clear32', to, steps * width],
    ['add32s', to, room.gradient, steps * width],
  ];
  /** gradient of a weight += inputs' . gradient of outputs */
  const slope = (inputs: number, rows: number, outputs: number, columns: number, name: string): Instruction[] => [
    ['transpose32', inputs, c, steps, rows],
    ['gemm32', c, outputs, gradient(name), rows, columns, steps, panels],
  ];
  return [
    ...copied(a),
    ...dropped(pass, a, 2 + 2 * block),
    ['biasBack32', a, a, gradient(`narrowBias.${block}`), 0, steps, width],
    ...product(pass, a, turned(narrow), b, steps, 2 * width, width),
    ...slope(at.wide, 2 * width, a, width, narrow),
    ['biasBack32', at.wide, b, gradient(`wideBias.${block}`), 1, steps, 2 * width],
    ...product(pass, b, turned(wide), a, steps, width, 2 * width),
    ...slope(at.normed2, width, b, 2 * width, wide),
    [
      'normBack32',
      at.middle,
      weight(`gain2.${block}`),
      at.stats2,
      a,
      room.gradient,
      gradient(`gain2.${block}`),
      steps,
      width,
    ],
    ...copied(a),
    ...dropped(pass, a, 1 + 2 * block),
    ...product(pass, a, turned(out), b, steps, width, width),
    ...slope(at.heard, width, a, width, out),
    [
      ...(['attendBack32', at.asked, room.offsets, pass.histories, shape.heads, width, at.chances, b] as const),
      ...[a, room.row],
    ],
    ...product(pass, a, turned(attend), b, steps, width, 3 * width),
    ...slope(at.normed, width, a, 3 * width, attend),
    [
      'normBack32',
      at.entry,
      weight(`gain1.${block}`),
      at.stats,
      b,
      room.gradient,
      gradient(`gain1.${block}`),
      steps,
      width,
    ],
  ];
}

/** to [m x n] = a [m x k] b [k x n] */
function product(pass: Pass, a: number, b: number, to: number, m: number, n: number, k: number): Instruction[] {
  return [
    ['clear32', to, m * n],
    ['gemm32', a, b, to, m, n, k, pass.panels],
  ];
}

function dropped({ dropout, steps, shape }: Pass, at: number, layer: number): Instruction[] {
  if (dropout.share === 0) return [];
  const bar = Math.round(dropout.share * 2 ** 32);
  return [['dropout32', at, steps * shape.width, dropout.seed(layer), bar, 1 / (1 - bar / 2 ** 32)]];
}
