/** What a run leaves beside its tables: reports, and models with their cards. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { Stage } from '#engines/index.ts';
import type { TierReport } from '#tiers/index.ts';

/** Writes reports/NAME.json for each. */
export function writeReports(stage: Stage, reports: Readonly<Record<string, unknown>>): void {
  for (const [name, report] of Object.entries(reports))
    writeFileSync(stage.path('reports', `${name}.json`), JSON.stringify(report));
}

/** A model is its parameters; the card says what it was learned from and how it did. The version is the hash of both. */
export function writeModels(
  stage: Stage,
  made: {
    value: { method: string; parameters: unknown; heldOut: unknown };
    tiers: TierReport;
    asOf: number;
    seed: number;
  },
): void {
  const models = [
    {
      name: 'value',
      model: { method: made.value.method, parameters: made.value.parameters },
      card: { source: 'BG/NBD or MBG/NBD, and Gamma-Gamma', metrics: made.value.heldOut },
    },
    {
      name: 'tiers',
      model: { policy: made.tiers.policy, cutsMinor: made.tiers.cutsMinor, learned: made.tiers.model },
      card: {
        source: 'tier policy; multinomial logistic regression for the next period',
        metrics: made.tiers.evaluation,
      },
    },
  ];
  for (const { name, model, card } of models) {
    const full = { ...card, learnedTo: made.asOf, seed: made.seed };
    const version = createHash('sha256')
      .update(JSON.stringify([model, full]))
      .digest('hex')
      .slice(0, 12);
    writeFileSync(stage.path('models', name, version, 'model.json'), JSON.stringify(model));
    writeFileSync(stage.path('models', name, version, 'card.json'), JSON.stringify({ ...full, version }));
  }
}
