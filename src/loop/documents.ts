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

interface ValueMade {
  readonly method: string;
  readonly parameters: unknown;
  readonly heldOut: unknown;
}

/** Models and cards of a run. */
export function writeModels(
  stage: Stage,
  made: { value: ValueMade; tiers: TierReport; asOf: number; seed: number },
): void {
  const { value, tiers, asOf, seed } = made;
  writeModel(stage, 'value', {
    model: { method: value.method, parameters: value.parameters },
    card: {
      source: 'BG/NBD or MBG/NBD, and Gamma-Gamma',
      learner: value.method,
      learnedFrom: null,
      ...{ learnedTo: asOf, seed },
      metrics: value.heldOut,
    },
  });
  writeTierModel(stage, tiers, { asOf, seed });
}

/** Model and card of tiers: what foretells the next one, what it was chosen from, and how it did. */
export function writeTierModel(stage: Stage, tiers: TierReport, { asOf, seed }: { asOf: number; seed: number }): void {
  const { policy, cutsMinor, model, evaluation } = tiers;
  const { choice, judged } = evaluation;
  writeModel(stage, 'tiers', {
    model: { policy, cutsMinor, learned: model },
    card: {
      source:
        'tier policy; for the next period what cross-validation chose of ridge, ordinal and multinomial logistic regression, boosting and their blends',
      learner: choice?.chosen ?? null,
      members: choice?.weights ?? [],
      candidates: (choice?.candidates ?? []).map(({ name, kappa, gini }) => ({
        name,
        kappa: { mean: kappa.mean, sd: kappa.sd },
        gini: { mean: gini.mean, sd: gini.sd },
      })),
      // the model in use learns from where customers stood when the judged period began
      learnedFrom: judged?.askedAsOf ?? null,
      ...{ learnedTo: asOf, seed },
      metrics: evaluation,
    },
  });
}

/** A model is its parameters; the card says what it was learned from and how it did. The version is the hash of both. */
function writeModel(stage: Stage, name: string, { model, card }: { model: unknown; card: object }): void {
  const version = createHash('sha256')
    .update(JSON.stringify([model, card]))
    .digest('hex')
    .slice(0, 12);
  writeFileSync(stage.path('models', name, version, 'model.json'), JSON.stringify(model));
  writeFileSync(stage.path('models', name, version, 'card.json'), JSON.stringify({ ...card, version }));
}
