/** The last step of each history, set aside to choose and weigh methods on. */
import { filtered, type Interactions } from '../../data/interactions.ts';
import { orderOf } from './histories.ts';

export interface LastCut {
  /** All but the last step of each history of at least two. */
  readonly train: Interactions;
  /** Users whose last step was set aside, and that step's item. */
  readonly users: Int32Array;
  readonly wanted: Int32Array;
}

/** Cuts the last step off each history that has at least two. */
export function lastCut(data: Interactions): LastCut {
  const order = orderOf(data);
  const keep = new Uint8Array(order.length).fill(1);
  const users: number[] = [];
  const wanted: number[] = [];
  for (const [rank, e] of order.entries()) {
    const user = data.users[e]!;
    const isLast = rank + 1 === order.length || data.users[order[rank + 1]!] !== user;
    const isFirst = rank === 0 || data.users[order[rank - 1]!] !== user;
    if (!isLast || isFirst) continue;
    users.push(user);
    wanted.push(data.items[e]!);
    keep[e] = 0;
  }
  return { train: filtered(data, keep), users: Int32Array.from(users), wanted: Int32Array.from(wanted) };
}
