/**
 * Self-attention over the ordered history: what comes next, by a small network that learns vectors of items.
 *
 * The softmax runs over the right item and some hundred drawn ones that a batch shares, each logit lessened by the
 * logarithm of how often the item is drawn. Where items have attributes, an item's vector is its own plus the mean of its
 * attributes', so that rare items learn from their like. Histories are packed, not padded.
 *
 * @see Kang, McAuley (2018), Self-Attentive Sequential Recommendation, ICDM; Klenitskiy, Vasilev (2023), Turning Dross
 *   Into Gold Loss, RecSys, for the sampled softmax; Bengio, Senecal (2008), IEEE TNN 19(4), for its correction
 */
import { Machine } from '#kernels/machine.ts';
import { rowNormalised } from '#kernels/sparse.ts';
import { type Histories, historiesAt, historiesOf, historyCount, stepsPerItem } from './histories.ts';
import { type Encoder, logitsOf } from './network/encoder.ts';
import { learn } from './network/learn.ts';
import type { SequenceMethod } from './sequence-method.ts';

export interface SasrecParams extends Readonly<Record<string, number>> {
  /** Length of the vectors, a multiple of 4 times `heads`. */
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  /** Latest steps of a history that are looked at. */
  readonly length: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly dropout: number;
  /** Drawn items of a batch, a multiple of 4. */
  readonly drawn: number;
  /** Drawn with chances as (steps + 1) to this power. */
  readonly drawnPower: number;
  /** Steps of a batch, about. */
  readonly batch: number;
  /** 1: attributes of items, where there are any, take part. */
  readonly attributes: number;
}

export interface SasrecModel {
  readonly encoder: Encoder;
  readonly histories: Histories;
  /** [items] logits for who has no history yet: popularity */
  readonly popular: Float64Array;
}

export const SASREC: SequenceMethod<SasrecParams, SasrecModel> = {
  name: 'sasrec',
  defaults: {
    ...{ width: 64, blocks: 1, heads: 1, length: 50, epochs: 30, learningRate: 1e-3, dropout: 0.5 },
    ...{ drawn: 512, drawnPower: 0.5, batch: 2048, attributes: 1 },
  },
  ranges: {
    ...{ width: [4, 512], blocks: [1, 4], heads: [1, 8], length: [1, 500], epochs: [1, 1000] },
    ...{ learningRate: [1e-6, 1], dropout: [0, 0.9], drawn: [4, 4096], drawnPower: [0, 1] },
    ...{ batch: [16, 16_384], attributes: [0, 1] },
  },
  whole: ['width', 'blocks', 'heads', 'length', 'epochs', 'drawn', 'batch', 'attributes'],
  promises: { tells: 'next', repeatsAreSteps: true },
  source: 'Kang, McAuley (2018), Self-Attentive Sequential Recommendation, ICDM; sampled softmax with logQ correction',
  fit(data, params, { seed, threads }) {
    const histories = historiesOf(data);
    const known = params.attributes === 1 ? data.content?.attributes : undefined;
    const attributes = known === undefined || known.indices.length === 0 ? undefined : rowNormalised(known);
    const shape = {
      items: data.itemCount,
      attributes: attributes?.columns ?? 0,
      width: up(params.width, 4 * params.heads),
      blocks: params.blocks,
      heads: params.heads,
      length: params.length,
    };
    const machine = new Machine({ threads });
    try {
      const schedule = { ...params, drawn: up(params.drawn, 4) };
      const { dense, vectors } = learn(machine, { shape, histories, attributes, schedule, seed });
      const popular = stepsPerItem(histories, data.itemCount).map(Math.log1p);
      return { encoder: { shape, dense, vectors }, histories, popular };
    } finally {
      machine.close();
    }
  },
  score: (model, users) => scored(model, historiesAt(model.histories, users)),
  scoreHistories: scored,
};

function scored({ encoder, popular }: SasrecModel, histories: Histories): Float64Array {
  const out = logitsOf(encoder, histories);
  for (let h = 0; h < historyCount(histories); h++)
    if (histories.offsets[h] === histories.offsets[h + 1]) out.set(popular, h * popular.length);
  return out;
}

const up = (value: number, to: number): number => Math.ceil(value / to) * to;
