/** The steps by which a customer's offer gets dearer and better, and the order of all steps by what they return. */

export interface Valued {
  readonly valueMinor: Float64Array;
  readonly costMinor: Float64Array;
}

/** Columns [steps]; those of one person lie together, the best return first. */
export interface Steps {
  readonly person: Int32Array;
  readonly offer: Int16Array;
  /** More value for each unit that it costs more; MAX_VALUE where it costs nothing more. */
  readonly ratio: Float64Array;
}

/**
 * For each person the upper hull of the offers in cost and value, from nothing on: offers under it are never the best at any
 * price of money.
 *
 * @param price what comes off the value of an offer for a person, for its place
 */
export function stepsOf(
  offers: readonly Valued[],
  people: number,
  isIn: (i: number) => boolean,
  price?: (i: number, offer: number) => number,
): Steps {
  const person: number[] = [];
  const offer: number[] = [];
  const ratio: number[] = [];
  const hull: { j: number; cost: number; value: number; ratio: number }[] = [];
  for (let i = 0; i < people; i++) {
    if (!isIn(i)) continue;
    const own = offers
      .map(({ valueMinor, costMinor }, j) => ({
        j,
        cost: costMinor[i]!,
        value: valueMinor[i]! - (price === undefined ? 0 : price(i, j)),
      }))
      .filter(({ value }) => value > 0)
      .sort((a, b) => a.cost - b.cost || b.value - a.value || a.j - b.j);
    hull.length = 0;
    for (const { j, cost, value } of own) {
      if (value <= (hull.at(-1)?.value ?? 0)) continue;
      const ratioFrom = () => {
        const before = hull.at(-1);
        const more = cost - (before?.cost ?? 0);
        return more > 0 ? (value - (before?.value ?? 0)) / more : Number.MAX_VALUE;
      };
      while (hull.length > 0 && ratioFrom() >= hull.at(-1)!.ratio) hull.pop();
      hull.push({ j, cost, value, ratio: ratioFrom() });
    }
    for (const step of hull) {
      person.push(i);
      offer.push(step.j);
      ratio.push(step.ratio);
    }
  }
  return { person: Int32Array.from(person), offer: Int16Array.from(offer), ratio: Float64Array.from(ratio) };
}

/** Steps by falling return; equal ones by the lots of their people, so that no id is favoured. */
export function walkOrder({ person, ratio }: Steps, lots: Float64Array): Int32Array {
  return Int32Array.from(person.keys()).sort(
    (a, b) => ratio[b]! - ratio[a]! || lots[person[a]!]! - lots[person[b]!]! || person[a]! - person[b]! || a - b,
  );
}
