/** The last basket of each user, hidden to be found. */
import { type Cut, countsOf, filtered, type Interactions } from '../../data/interactions.ts';

/**
 * Hides the last basket of each user who has several: the youngest, of equal ages that with the highest code. Ages of such
 * a user's other rows become relative to it: the moment to recommend for is that of the visit. What others bought after
 * that moment stays in the training rows, as in the published figures of next-basket methods.
 *
 * @param data with baskets and ages
 */
export function lastBasketCut(data: Interactions): Cut {
  const { users, userCount } = data;
  const ages = data.ageDays ?? new Float64Array(users.length);
  const codes = data.baskets ?? new Int32Array(users.length);
  const first = new Int32Array(userCount).fill(-1);
  const last = new Int32Array(userCount).fill(-1);
  const isSingle = new Uint8Array(userCount).fill(1);
  for (let e = 0; e < users.length; e++) {
    const user = users[e]!;
    if (first[user]! < 0) first[user] = e;
    else if (codes[e] !== codes[first[user]!]) isSingle[user] = 0;
    const held = last[user]!;
    if (held < 0 || ages[e]! < ages[held]! || (ages[e] === ages[held] && codes[e]! > codes[held]!)) last[user] = e;
  }
  const isHidden = Uint8Array.from(users, (user, e) =>
    isSingle[user] === 0 && codes[e] === codes[last[user]!] ? 1 : 0,
  );
  const train = filtered(
    data,
    isHidden.map((hidden) => 1 - hidden),
  );
  return {
    train: {
      ...train,
      ageDays: Float64Array.from(train.users, (user, e) =>
        Math.max(0, (train.ageDays?.[e] ?? 0) - (isSingle[user] === 1 ? 0 : ages[last[user]!]!)),
      ),
    },
    held: countsOf(filtered(data, isHidden)),
  };
}
