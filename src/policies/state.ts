/** What a policy knows, as plain data: made, merged, read back; arms come and go. */
import { known } from '#errors.ts';
import type { ArmState, PolicyParams, PolicyState } from './policy.ts';

/** @throws POLICY_BAD */
export function refuse(what: string, expected: string): never {
  throw known('POLICY_BAD', { what, expected });
}

export function started<Params extends PolicyParams>(of: {
  readonly policy: string;
  readonly params: Params;
  readonly dimension: number;
  readonly arms: readonly string[];
  readonly size: number;
}): PolicyState<Params> {
  const { policy, params, dimension, arms, size } = of;
  if (arms.length === 0) refuse('no arms', 'at least one');
  if (new Set(arms).size < arms.length) refuse(`two arms of one name in ${arms.join(', ')}`, 'names that differ');
  if (arms.some((name) => name === '')) refuse('an arm without a name', 'names');
  if (!Number.isInteger(dimension) || dimension < 0 || dimension > 5000)
    refuse(`contexts of ${dimension} numbers`, 'a whole number from 0 to 5000');
  return { policy, params, dimension, round: 0, arms: arms.map((name) => newArm(name, size, 0)) };
}

const newArm = (name: string, size: number, round: number): ArmState => ({
  ...{ name, retired: false, round },
  sums: new Array<number>(size).fill(0),
});

/** What the sums of an arm have lost since its own latest round: discount^(rounds since). */
export const discountedArm = ({ params: { discount }, round }: PolicyState, arm: ArmState): number =>
  discount === 1 || arm.round >= round ? 1 : discount ** (round - arm.round);

/**
 * The state with one more arm, which knows nothing yet; an arm that was retired comes back with what it knew.
 *
 * @throws POLICY_BAD where an arm in use has that name
 */
export function addArm<S extends PolicyState>(state: S, name: string): S {
  const known = state.arms.find((arm) => arm.name === name);
  if (known !== undefined && !known.retired) refuse(`a second arm "${name}"`, 'a name that is not in use');
  if (known !== undefined)
    return { ...state, arms: state.arms.map((arm) => (arm === known ? { ...arm, retired: false } : arm)) };
  if (name === '') refuse('an arm without a name', 'a name');
  return { ...state, arms: [...state.arms, newArm(name, state.arms[0]!.sums.length, state.round)] };
}

/**
 * The state in which an arm is not chosen any more.
 *
 * @throws POLICY_BAD where there is no such arm
 */
export function retireArm<S extends PolicyState>(state: S, name: string): S {
  if (!state.arms.some((arm) => arm.name === name))
    refuse(`no arm "${name}"`, `one of ${state.arms.map((arm) => arm.name).join(', ')}`);
  return { ...state, arms: state.arms.map((arm) => (arm.name === name ? { ...arm, retired: true } : arm)) };
}

/**
 * What two states know together that learned from different rows since the start. Both must come from the same `start`:
 * a state that was copied after it had learned would count those rows twice.
 *
 * @throws POLICY_BAD where policy, parameters or dimension differ
 */
export function mergeStates<S extends PolicyState>(a: S, b: S): S {
  for (const part of ['policy', 'dimension', 'params'] as const)
    if (JSON.stringify(a[part]) !== JSON.stringify(b[part]))
      refuse(`states whose ${part} differs`, 'states of one start');
  const round = Math.max(a.round, b.round);
  const arms = a.arms.map((arm) => {
    const other = b.arms.find(({ name }) => name === arm.name);
    if (other === undefined) return arm;
    const at = Math.max(arm.round, other.round);
    const { discount } = a.params;
    const [mine, its] = [discount ** (at - arm.round), discount ** (at - other.round)];
    return {
      ...{ name: arm.name, retired: arm.retired || other.retired, round: at },
      sums: arm.sums.map((sum, k) => mine * sum + its * other.sums[k]!),
    };
  });
  const more = b.arms.filter(({ name }) => !arms.some((arm) => arm.name === name));
  return { ...a, round, arms: [...arms, ...more] };
}
