import type { Command } from './command.ts';
import { allocate } from './commands/allocate.ts';
import { doctor } from './commands/doctor.ts';
import { experiment } from './commands/experiment.ts';
import { experimentPlan } from './commands/experiment-plan.ts';
import { explain } from './commands/explain.ts';
import { features } from './commands/features.ts';
import { importCommand } from './commands/import.ts';
import { learn } from './commands/learn.ts';
import { policyEvaluate } from './commands/policy-evaluate.ts';
import { recommend } from './commands/recommend.ts';
import { recommendNextBasket } from './commands/recommend-next-basket.ts';
import { recommendNextItem } from './commands/recommend-next-item.ts';
import { run } from './commands/run.ts';
import { serve } from './commands/serve.ts';
import { simulate } from './commands/simulate.ts';
import { start } from './commands/start.ts';
import { tiers } from './commands/tiers.ts';
import { uplift } from './commands/uplift.ts';
import { value } from './commands/value.ts';

export type { Command, Context } from './command.ts';
export { main } from './main.ts';
export { type Progress, silent, terminalProgress } from './progress.ts';

/** In the order in which a newcomer meets them. */
export const commands: readonly Command[] = [
  start,
  run,
  importCommand,
  features,
  learn,
  value,
  tiers,
  recommend,
  recommendNextItem,
  experiment,
  experimentPlan,
  allocate,
  policyEvaluate,
  recommendNextBasket,
  simulate,
  serve,
  explain,
  doctor,
  uplift,
];
