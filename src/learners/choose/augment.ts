/** More rows than there are: mixtures, noise, and rows of rare classes, as a learner around a learner. */
import { deviation } from '#kernels/metrics.ts';
import { type Random, random, split } from '#kernels/random.ts';
import { type Column, type NumberColumn, type Table, table, take } from '#table/index.ts';
import type { Aim, Fitted, Supervised } from '../learner.ts';
import { targetOf } from '../target.ts';
import { canonicalOrder } from './canonical.ts';

export const AUGMENTS = ['mixup', 'noise', 'oversample', 'smote'] as const;

export interface Augment {
  /**
   * mixup: rows between two rows, with a share of each one's label; noise: copies with normal noise; oversample: copies of
   * rows of the classes that have fewer than the largest; smote: rows between a row of a rare class and a near one of it.
   */
  readonly kind: (typeof AUGMENTS)[number];
  /** mixup, noise: new rows a row; oversample, smote: how far rare classes are filled up, 1 to the size of the largest. */
  readonly share: number;
  /** mixup: both parameters of the beta of the share; noise: deviation, in deviations of the column. Default 0.2, 0.1. */
  readonly strength?: number;
  /** smote: near rows that are chosen among; default 5. */
  readonly neighbours?: number;
}

export interface AugmentParams {
  readonly augment: Augment;
}

/**
 * `learner` on more rows, named after it; its model is the learner's own. New rows carry weights in a column of their own, so
 * a row and its copies count as told; label shares are two rows of one place. Text is taken from one of the two rows.
 *
 * @see Zhang et al. (2018), mixup, ICLR; Chawla et al. (2002), SMOTE, JAIR 16
 */
export function augmentOf<Params extends Aim, Model extends Fitted>(
  learner: Supervised<Params, Model>,
): Supervised<Params & AugmentParams, Model> {
  return {
    name: `augmented-${learner.name}`,
    tasks: learner.tasks.filter((task) => task !== 'rank'),
    source: `Zhang et al. (2018), mixup, ICLR; Chawla et al. (2002), JAIR 16; ${learner.source}`,
    defaults: { ...learner.defaults, augment: { kind: 'mixup', share: 1 } },
    fit: (data, { augment, ...params }, seed) => {
      const aim = params as unknown as Params;
      const { features, label, weights, classes } = targetOf(data, aim);
      const weight = freeName(data, 'weight');
      const columns = Object.fromEntries([...features, aim.label].map((name) => [name, data.columns[name]!]));
      const own = table({ ...columns, [weight]: { kind: 'number', values: weights } });
      const more = new Augmenter(own, { ...aim, features, weight }, random(split(seed, 'augment')));
      const order = canonicalOrder(own);
      return learner.fit(
        more.rows(augment, order, classes.length > 0 ? label : undefined),
        { ...aim, features, weight },
        seed,
      );
    },
    predict: (model, data) => learner.predict(model, data),
  };
}

function freeName(data: Table, name: string): string {
  return name in data.columns ? freeName(data, `${name}_`) : name;
}

/** New rows of one table. */
class Augmenter {
  readonly #data: Table;
  readonly #aim: Aim & { readonly features: readonly string[]; readonly weight: string };
  readonly #draw: Random;

  constructor(data: Table, aim: Aim & { readonly features: readonly string[]; readonly weight: string }, draw: Random) {
    this.#data = data;
    this.#aim = aim;
    this.#draw = draw;
  }

  /** The table and its new rows; `classes` [rows] where the label is one. */
  rows(
    { kind, share, strength, neighbours = 5 }: Augment,
    order: Int32Array,
    classes: Float64Array | undefined,
  ): Table {
    if (kind === 'mixup')
      return this.#mixed(order, share, { strength: strength ?? 0.2, isClass: classes !== undefined });
    if (kind === 'noise') return this.#noised(order, share, strength ?? 0.1);
    if (classes === undefined) return this.#data;
    const lacking = this.#lacking(order, classes, share);
    const copies = take(
      this.#data,
      lacking.map(({ row }) => row),
    );
    return this.#joined(kind === 'oversample' ? copies : this.#towardNear(lacking, copies, neighbours));
  }

  #towardNear(lacking: readonly Lacking[], copies: Table, neighbours: number): Table {
    const { features, label } = this.#aim;
    const columns = features.map((name): Scaled => {
      const column = this.#data.columns[name]!;
      return { column, unit: column.kind === 'number' ? spreadOf(column) || 1 : 1 };
    });
    const first = lacking.map(({ row }) => row);
    const second = lacking.map(({ row, peers }) => {
      const near = nearest(columns, row, peers, neighbours);
      return near[this.#draw.integer(near.length)] ?? row;
    });
    const shares = lacking.map(() => this.#draw.uniform());
    const made = this.#between(first, second, shares);
    return { ...made, columns: { ...made.columns, [label]: copies.columns[label]! } };
  }

  /** Each new row as two, one with each label, whose weights are its shares; of numbers one with the label between. */
  #mixed(order: Int32Array, share: number, { strength, isClass }: { strength: number; isClass: boolean }): Table {
    const count = Math.round(order.length * share);
    const first = Array.from({ length: count }, (_, at) => order[at % order.length]!);
    const second = first.map(() => order[this.#draw.integer(order.length)]!);
    const shares = first.map(() => this.#draw.beta(strength, strength));
    const made = this.#between(
      first,
      second,
      shares.map((own) => 1 - own),
    );
    if (!isClass) return this.#joined(made);
    const { label, weight } = this.#aim;
    const half = (rows: number[], parts: number[]): Table => ({
      ...made,
      columns: {
        ...made.columns,
        [label]: take(this.#data, rows).columns[label]!,
        [weight]: {
          kind: 'number',
          values: Float64Array.from((made.columns[weight] as NumberColumn).values, (own, i) => own * parts[i]!),
        },
      },
    });
    return this.#joined(
      half(first, shares),
      half(
        second,
        shares.map((own) => 1 - own),
      ),
    );
  }

  #noised(order: Int32Array, share: number, strength: number): Table {
    const count = Math.round(order.length * share);
    const rows = Array.from({ length: count }, (_, at) => order[at % order.length]!);
    const copy = take(this.#data, rows);
    const columns = Object.entries(copy.columns).map(([name, column]): [string, Column] => {
      if (column.kind === 'text' || !this.#aim.features.includes(name)) return [name, column];
      const by = strength * spreadOf(this.#data.columns[name] as NumberColumn);
      return [name, { ...column, values: column.values.map((value) => value + by * this.#draw.normal()) }];
    });
    return this.#joined({ length: count, columns: Object.fromEntries(columns) });
  }

  /** Rows to copy, class by class, so that each has `share` of what it lacks to the largest. */
  #lacking(order: Int32Array, classes: Float64Array, share: number): Lacking[] {
    const count = 1 + classes.reduce((top, k) => Math.max(top, k), 0);
    const byClass = Array.from({ length: count }, (_, k) => order.filter((i) => classes[i] === k));
    const largest = Math.max(...byClass.map(({ length }) => length));
    return byClass.flatMap((peers) =>
      Array.from({ length: peers.length === 0 ? 0 : Math.round(share * (largest - peers.length)) }, () => ({
        row: peers[this.#draw.integer(peers.length)]!,
        peers,
      })),
    );
  }

  /** Rows at a share of the way from the first to the second; text and gaps come from one of the two, by the share. */
  #between(first: readonly number[], second: readonly number[], shares: readonly number[]): Table {
    const from = take(this.#data, first);
    const to = take(this.#data, second);
    const coins = shares.map((share) => this.#draw.uniform() < share);
    const columns = Object.entries(from.columns).map(([name, a]): [string, Column] => {
      const b = to.columns[name]!;
      if (a.kind === 'text' || b.kind === 'text') {
        const other = b as typeof a & { kind: 'text' };
        return a.kind === 'text'
          ? [name, { ...a, codes: a.codes.map((code, i) => (coins[i] ? other.codes[i]! : code)) }]
          : [name, a];
      }
      const valid = a.valid?.map((own, i) => (coins[i] ? b.valid![i]! : own));
      const values = a.values.map((own, i) => {
        if (a.valid !== undefined && (a.valid[i] === 0 || b.valid![i] === 0)) return coins[i] ? b.values[i]! : own;
        return own + shares[i]! * (b.values[i]! - own);
      });
      return [name, { ...a, values, ...(valid === undefined ? {} : { valid }) }];
    });
    return { length: first.length, columns: Object.fromEntries(columns) };
  }

  #joined(...more: readonly Table[]): Table {
    const tables = [this.#data, ...more];
    const columns = Object.keys(this.#data.columns).map((name): [string, Column] => {
      const parts = tables.map((part) => part.columns[name]!);
      const [head] = parts;
      if (head?.kind === 'text')
        return [
          name,
          { ...head, codes: Int32Array.from(parts.flatMap((part) => (part.kind === 'text' ? [...part.codes] : []))) },
        ];
      const numbers = parts as NumberColumn[];
      return [
        name,
        {
          ...numbers[0]!,
          values: Float64Array.from(numbers.flatMap(({ values }) => [...values])),
          ...(numbers[0]!.valid === undefined
            ? {}
            : { valid: Uint8Array.from(numbers.flatMap(({ valid }) => [...valid!])) }),
        },
      ];
    });
    return table(Object.fromEntries(columns));
  }
}

function spreadOf({ values, valid }: NumberColumn): number {
  const present = values.filter((value, i) => valid?.[i] !== 0 && Number.isFinite(value));
  return present.length === 0 ? 0 : deviation(present);
}

/** A row to copy, and the rows of its class. */
interface Lacking {
  readonly row: number;
  readonly peers: Int32Array;
}

interface Scaled {
  readonly column: Column;
  /** Deviation of a number. */
  readonly unit: number;
}

/** Peers that are looked at for each row; more make near rows nearer, and the search slower. */
const LOOKED_AT = 1000;

/** The nearest peers of a row but itself: numbers in deviations, 1 where text differs or one of the two is missing. */
function nearest(columns: readonly Scaled[], row: number, peers: Int32Array, count: number): number[] {
  const step = Math.ceil(peers.length / LOOKED_AT);
  const looked = Array.from(peers).filter((peer, at) => peer !== row && at % step === 0);
  const far = new Map(looked.map((peer) => [peer, 0]));
  for (const { column, unit } of columns)
    for (const peer of looked) far.set(peer, far.get(peer)! + distance(column, row, peer, unit));
  return looked.sort((a, b) => far.get(a)! - far.get(b)!).slice(0, count);
}

function distance(column: Column, a: number, b: number, unit: number): number {
  if (column.kind === 'text') return column.codes[a] === column.codes[b] ? 0 : 1;
  if (column.valid?.[a] === 0 || column.valid?.[b] === 0) return column.valid?.[a] === column.valid?.[b] ? 0 : 1;
  return ((column.values[a]! - column.values[b]!) / unit) ** 2;
}
