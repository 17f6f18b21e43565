export { RIVALS, type Rival } from './policies.ts';
export type { RoundReport, RoundsOptions, Worth } from './rounds.ts';
export { runRounds } from './rounds.ts';
