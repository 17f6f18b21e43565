/**
 * Neural-linear: a network is fitted on logged rewards, its last hidden layer is frozen, and Thompson sampling learns a linear
 * head for each arm on what the layer makes of context and arm. Fit the network anew now and then (nightly) and learn the
 * log again on it. An arm that the network never saw reads like an average arm, and its head learns what is its own.
 *
 * @see Riquelme, Tucker, Snoek (2018), Deep Bayesian Bandits Showdown, ICLR, section 4
 */
import { hiddenOf, hiddenWidth, type NetworkModel, type NetworkParams, network } from '#learners/index.ts';
import { type Column, numbers, type Table, texts } from '#table/index.ts';
import { composed } from './learn/compose.ts';
import type { Inputs } from './learn/inputs.ts';
import { linearBelief } from './learn/linear.ts';
import { thompson } from './learn/rules.ts';
import type { Outcome } from './policy.ts';
import { refuse } from './state.ts';

export interface NeuralParams {
  /** Of `fitReward`; there is no start without it. */
  readonly network: NetworkModel | null;
}

const ARM = 'arm';
const REWARD = 'reward';
const numberOf = (j: number): string => `x${j}`;

function tableOf(arms: readonly string[], contexts: readonly ArrayLike<number>[]): Record<string, Column> {
  const columns: Record<string, Column> = { [ARM]: texts(arms) };
  for (let j = 0; j < (contexts[0]?.length ?? 0); j++) {
    const values = new Float64Array(contexts.length);
    for (let i = 0; i < contexts.length; i++) values[i] = contexts[i]![j]!;
    columns[numberOf(j)] = { kind: 'number', values };
  }
  return columns;
}

/**
 * A network that foretells the reward from context and arm, for the parameter `network`.
 *
 * @param rows what came of earlier decisions, some hundreds at least
 * @param params of the learner `network`; one small member by default, since each decision runs it once an arm
 */
export async function fitReward(
  rows: readonly Outcome[],
  seed: number,
  params: Partial<NetworkParams> = {},
): Promise<NetworkModel> {
  const columns = tableOf(
    rows.map(({ arm }) => arm),
    rows.map(({ context }) => context),
  );
  const data: Table = {
    length: rows.length,
    columns: { ...columns, [REWARD]: numbers(rows.map(({ reward }) => reward)) },
  };
  const own = { members: 1, layers: [32, 16], dropout: 0, ...params, task: 'regress', label: REWARD } as const;
  return network.fit(data, { ...network.defaults, ...own }, seed);
}

const hiddenInputs: Inputs<NeuralParams> = {
  defaults: { network: null },
  wrong: ({ network: model }, dimension) => {
    const read = new Set([ARM, ...Array.from({ length: dimension }, (_, j) => numberOf(j))]);
    const fits = model?.kind === 'network' && model.features.every((name) => read.has(name));
    return fits ? undefined : ['network', `what fitReward makes of contexts of ${dimension} numbers`];
  },
  width: (_dimension, { network: model }) => 1 + hiddenWidth(model ?? refuse('no network', 'one of fitReward')),
  of(arms, context, { network: model }) {
    if (model === null) return refuse('no network', 'one of fitReward');
    const columns = tableOf(arms, new Array<ArrayLike<number>>(arms.length).fill(context));
    const hidden = hiddenOf(model, { length: arms.length, columns });
    const width = hidden.length / arms.length;
    return arms.map((_, a) => {
      const x = new Float64Array(width + 1);
      x[0] = 1;
      x.set(hidden.subarray(a * width, (a + 1) * width), 1);
      return x;
    });
  },
};

export const neuralLinear = composed({
  name: 'neural-linear',
  source: 'Riquelme, Tucker, Snoek (2018), Deep Bayesian Bandits Showdown, ICLR',
  belief: linearBelief,
  rule: thompson,
  inputs: hiddenInputs,
});
