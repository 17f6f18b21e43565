/** Tiers by a policy of your own: three names, two cuts in money, and a gap that a customer must pass to move. */
import { assign, moves, parsePolicy } from '#tiers/index.ts';

const DAY_MS = 86_400_000;
const policy = parsePolicy({
  tiers: [
    { key: 'guest', en: 'Guest', zh: '访客' },
    { key: 'friend', en: 'Friend', zh: '朋友' },
    { key: 'family', en: 'Family', zh: '家人' },
  ],
  cuts: { by: 'money', aboveMinor: [10_000, 50_000] },
  hysteresis: 0.1,
  dwellDays: 28,
});

const customers = ['ann', 'bo', 'chen'];
const spring = assign({ customers, valueMinor: Float64Array.of(9_000, 12_000, 60_000) }, undefined, policy, 0);
const summer = assign({ customers, valueMinor: Float64Array.of(10_500, 8_000, 70_000) }, spring, policy, 90 * DAY_MS);

const name = (index: number): string => policy.tiers[index]!.en;
for (const [i, customer] of customers.entries())
  console.log(`${customer}: ${name(spring.tierIndex[i]!)} -> ${name(summer.tierIndex[i]!)}`);
console.log(moves(spring, summer));
