/** Distribution functions as tables: a few operations a look-up, where the function itself takes a hundred. */
import { normalCdf, normalDensity } from '#kernels/distributions.ts';
import type { Shape } from './belief.ts';

interface Law {
  readonly low: number;
  readonly high: number;
  readonly step: number;
  readonly density: (z: number) => number;
  /** Default: the density, integrated by three points a step. */
  readonly cdf?: ((z: number) => number) | undefined;
}

/** A table between `low` and `high`, of about `step` apart. Slopes are held to three secants, so the cubics never fall. */
export function shapeOf(law: Law): Shape {
  const count = Math.max(2, Math.ceil((law.high - law.low) / law.step));
  const step = (law.high - law.low) / count;
  const { cdf: exact } = law;
  const cdf =
    exact === undefined
      ? integrated(law, count, step)
      : Float64Array.from({ length: count + 1 }, (_, i) => exact(law.low + i * step));
  const slope = Float64Array.from(cdf, (here, i) => {
    const before = i === 0 ? Number.POSITIVE_INFINITY : here - cdf[i - 1]!;
    const after = i === count ? Number.POSITIVE_INFINITY : cdf[i + 1]! - here;
    const exact = step * law.density(law.low + i * step);
    return Math.max(0, Math.min(Number.isFinite(exact) ? exact : Number.MAX_VALUE, 3 * before, 3 * after));
  });
  return { low: law.low, step, cdf, slope };
}

function integrated({ low, density }: Law, count: number, step: number): Float64Array {
  const cdf = new Float64Array(count + 1);
  const away = Math.sqrt(0.6) / 2;
  for (let i = 0; i < count; i++) {
    const middle = low + (i + 0.5) * step;
    const [left, right] = [density(middle - away * step), density(middle + away * step)];
    cdf[i + 1] = cdf[i]! + (step / 18) * (5 * left + 8 * density(middle) + 5 * right);
  }
  const all = cdf[count]!;
  return cdf.map((mass) => mass / all);
}

/** The chance to be at most z; to 1e-7 of the normal table. */
export function chanceBelow({ low, step, cdf, slope }: Shape, z: number): number {
  const at = (z - low) / step;
  if (at <= 0) return 0;
  const i = Math.floor(at);
  if (i >= cdf.length - 1) return 1;
  const t = at - i;
  const a = cdf[i]!;
  const rise = cdf[i + 1]! - a;
  const p = slope[i]!;
  const q = slope[i + 1]!;
  return a + t * (p + t * (3 * rise - 2 * p - q + t * (p + q - 2 * rise)));
}

export const highOf = ({ low, step, cdf }: Shape): number => low + step * (cdf.length - 1);

export const normalShape: Shape = shapeOf({ low: -8, high: 8, step: 1 / 16, cdf: normalCdf, density: normalDensity });
