/** What the plan should bring, with its interval, its offers by tier, other budgets and simpler targeting. */
import { useTrial } from '../../api/trial.ts';
import type { Simulation } from '../../api/types.ts';
import { Failed, Waiting } from '../../parts/states.tsx';
import { BudgetCurve } from '../allocation/budget-curve.tsx';
import { Comparisons } from '../allocation/comparisons.tsx';
import { MixCard } from '../allocation/mix-card.tsx';
import { SimulationTiles } from '../allocation/simulation-tiles.tsx';
import { bodyOf, type Draft } from './draft.ts';

export function ResultStep({ draft }: { draft: Draft }) {
  const { data, error, retry } = useTrial<Simulation>('/allocation/simulate', bodyOf(draft));
  if (error !== undefined) return <Failed error={error} retry={retry} />;
  if (data === undefined) return <Waiting rows={12} />;
  return (
    <>
      <SimulationTiles simulation={data} />
      <BudgetCurve simulation={data} />
      <MixCard byOffer={data.plan.byOffer} />
      <Comparisons simulation={data} />
    </>
  );
}
