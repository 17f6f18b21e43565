/** The models in use: what they were learned from, what they were chosen from, and how they did. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { known } from '#errors.ts';
import { at, readJson, textAt, wholeAt } from './facts.ts';
import { MODEL_NAMES, ModelReply, type ModelSummary, type ModelsReply, ModelTiers } from './schemas-models.ts';
import type { Store } from './store.ts';

type Name = (typeof MODEL_NAMES)[number];
type Summary = z.infer<typeof ModelSummary>;

/** Every model of the workspace. */
export const modelsOf = (store: Store): z.infer<typeof ModelsReply> => ({
  asOf: store.facts.asOf,
  models: MODEL_NAMES.flatMap((name) => {
    const card = cardOf(store, name);
    return card === null ? [] : [summaryOf(name, card)];
  }),
});

/**
 * One model with its figures. Parts that its card lacks, or has in a form not known here, are null.
 *
 * @throws MODEL_UNKNOWN
 */
export function modelOf(store: Store, name: string): z.infer<typeof ModelReply> {
  const wanted = MODEL_NAMES.find((own) => own === name);
  const card = wanted === undefined ? null : cardOf(store, wanted);
  if (wanted === undefined || card === null) throw known('MODEL_UNKNOWN', { name, have: namesIn(store) });
  return {
    ...summaryOf(wanted, card),
    horizonDays: store.facts.horizonDays,
    tiers: wanted === 'tiers' ? tiersIn(card) : null,
    metrics: wanted === 'value' ? numbersIn(at(card, 'metrics')) : null,
    deciles:
      wanted === 'value' ? (ModelReply.shape.deciles.safeParse(at(card, 'metrics', 'deciles')).data ?? null) : null,
  };
}

const namesIn = (store: Store): string[] => MODEL_NAMES.filter((name) => cardOf(store, name) !== null);

/** A run leaves one version of each model. */
function cardOf({ dir }: Store, name: Name): unknown {
  const folder = join(dir, 'models', name);
  if (!existsSync(folder)) return null;
  const [version] = readdirSync(folder).sort();
  return version === undefined ? null : readJson(join(folder, version, 'card.json'));
}

function summaryOf(name: Name, card: unknown): Summary {
  return {
    name,
    version: textAt(card, 'version') ?? '',
    source: textAt(card, 'source') ?? '',
    learner: textAt(card, 'learner'),
    learnedFrom: wholeAt(card, 'learnedFrom'),
    learnedTo: wholeAt(card, 'learnedTo'),
    judged: judgedIn(name, card),
    fallback: fallbackIn(card),
  };
}

function judgedIn(name: Name, card: unknown): Summary['judged'] {
  const metrics = at(card, 'metrics');
  const customers = name === 'tiers' ? wholeAt(metrics, 'judged', 'customers') : wholeAt(metrics, 'customers');
  if (customers === null) return null;
  return { customers, from: wholeAt(metrics, 'judged', 'askedAsOf'), until: wholeAt(metrics, 'judged', 'until') };
}

function fallbackIn(card: unknown): Summary['fallback'] {
  const fallback = at(card, 'metrics', 'fallback');
  const [en, zh] = [textAt(fallback, 'en'), textAt(fallback, 'zh')];
  return en === null || zh === null ? null : { en, zh };
}

/** Each part by itself: one that is not of the known form takes none of the others with it. */
function tiersIn(card: unknown): z.infer<typeof ModelTiers> {
  const metrics = at(card, 'metrics');
  const judged = at(metrics, 'judged');
  const { shape } = ModelTiers;
  const read = <T>(schema: z.ZodType<T>, value: unknown): T | null => schema.safeParse(value).data ?? null;
  return {
    trainedCustomers: wholeAt(judged, 'trainedCustomers'),
    features: wholeAt(judged, 'features'),
    choice: read(shape.choice, at(metrics, 'choice')),
    curve: read(shape.curve, at(metrics, 'curve')),
    methods: read(shape.methods, at(judged, 'methods')),
    differences: read(shape.differences, at(judged, 'differences')),
    confusion: read(shape.confusion, at(judged, 'confusion')),
    calibrationGap: read(shape.calibrationGap, at(judged, 'calibrationGap')),
    calibration: read(shape.calibration, at(judged, 'calibration')),
    weights: read(shape.weights, at(metrics, 'weights')),
  };
}

function numbersIn(document: unknown): Record<string, number> | null {
  if (typeof document !== 'object' || document === null) return null;
  const numbers = Object.entries(document).filter((entry): entry is [string, number] => Number.isFinite(entry[1]));
  return Object.fromEntries(numbers);
}
