/** Reads a campaign's measured and true results, total and by tier, out of their documents. */
import { intervalIn, isNode, numberIn, textIn } from '../../parts/report.ts';

export interface Estimate {
  /** 'all' or a tier's key. */
  readonly key: string;
  readonly profitMinor: number;
  readonly lowMinor: number | null;
  readonly highMinor: number | null;
}

const PROFIT = ['incrementalProfitMinor', 'incremental_profit_minor', 'profitMinor', 'trueProfitMinor'] as const;
const INTERVAL = ['interval', 'incrementalProfitInterval', 'profitInterval', 'intervalMinor'] as const;

function estimateIn(node: unknown, key: string): Estimate | null {
  const profitMinor = numberIn(node, ...PROFIT);
  if (profitMinor === null || !isNode(node)) return null;
  const beside = INTERVAL.map((name) => intervalIn(node[name])).find((pair) => pair !== null);
  const pair = beside ?? intervalIn(node);
  return { key, profitMinor, lowMinor: pair?.[0] ?? null, highMinor: pair?.[1] ?? null };
}

/** The whole campaign first, then its tiers. */
export function estimatesIn(result: unknown): readonly Estimate[] {
  if (!isNode(result)) return [];
  const whole = estimateIn(result, 'all');
  const tiers: readonly unknown[] = Array.isArray(result.byTier) ? result.byTier : [];
  const parts = tiers.flatMap((each) => estimateIn(each, textIn(each, 'tier', 'key') ?? '') ?? []);
  return whole === null ? parts : [whole, ...parts];
}

export interface Verdict {
  readonly costMinor: number | null;
  readonly roi: number | null;
  readonly roiInterval: readonly [number, number] | null;
  readonly pValue: number | null;
  /** Whether the arms have the sizes that the draw should give; null where it was not checked. */
  readonly drawOk: boolean | null;
}

export function verdictIn(result: unknown): Verdict {
  const srm = isNode(result) && isNode(result.srm) ? result.srm.ok : null;
  return {
    costMinor: numberIn(result, 'costMinor'),
    roi: numberIn(result, 'roi'),
    roiInterval: isNode(result) ? intervalIn(result.roiInterval) : null,
    pValue: numberIn(result, 'pValue'),
    drawOk: typeof srm === 'boolean' ? srm : null,
  };
}
