/** The memory and threads in which a fitted model is scored; they stay as long as the model does. */
import { Machine } from '#kernels/machine.ts';

export interface Room<Placed> {
  readonly machine: Machine;
  readonly placed: Placed;
}

const rooms = new WeakMap<object, Room<unknown>>();
const asked = new WeakMap<object, number>();
const closing = new FinalizationRegistry<Machine>((machine) => machine.close());

/** Says on how many threads `model` may be scored; otherwise one. The scores don't depend on it. */
export function scoredOn<Model extends object>(model: Model, threads: number): Model {
  asked.set(model, threads);
  return model;
}

/**
 * The room of `model`, furnished by `place` when it is asked for first.
 *
 * @param threads default: as said by `scoredOn`
 */
export function roomOf<Model extends object, Placed>(
  model: Model,
  place: (machine: Machine, model: Model) => Placed,
  threads = asked.get(model) ?? 1,
): Room<Placed> {
  const known = rooms.get(model);
  if (known !== undefined) return known as Room<Placed>;
  const machine = new Machine({ threads });
  const room = { machine, placed: place(machine, model) };
  rooms.set(model, room);
  closing.register(model, machine);
  return room;
}
