/** A fitted model as a file: plain JSON with its card, and a checksum so that a changed or cut file is not believed. */
import { createHash } from 'node:crypto';
import { known } from '#errors.ts';
import { type AnyLearner, type Fitted, TASKS } from '../learner.ts';
import type { ModelCard } from './card.ts';

const FORMAT = 'tierwise-model';
const FORMAT_VERSION = 1;

export interface ModelFile {
  readonly card: ModelCard;
  readonly model: Fitted;
}

/** The text of a model's file. A model read back from it predicts the same bits. */
export function writeModel({ card, model }: ModelFile): string {
  const content = JSON.stringify(model);
  return `{"format":"${FORMAT}","formatVersion":${FORMAT_VERSION},"checksum":"${checksumOf(content)}","card":${JSON.stringify(card)},\n"model":${content}}\n`;
}

/**
 * Reads the text of a model's file.
 *
 * @param file for the message
 * @param learners those that can predict by what they fitted
 * @throws MODEL_FILE_WRONG for what is no such file, is cut or changed, or needs a learner or a version that is not here
 */
export function readModel(
  text: string,
  file: string,
  learners: readonly AnyLearner[],
): ModelFile & { learner: AnyLearner } {
  const refuse = (reason: string): never => {
    throw known('MODEL_FILE_WRONG', { file, reason });
  };
  const read = parsed(text, refuse);
  if (read.format !== FORMAT) refuse(`it is JSON, but not of the format ${FORMAT}`);
  if (read.formatVersion !== FORMAT_VERSION)
    refuse(`its format version is ${JSON.stringify(read.formatVersion)}; this program reads ${FORMAT_VERSION}`);
  const card = cardOf(read.card, refuse);
  const model = modelOf(read.model, refuse);
  if (read.checksum !== checksumOf(JSON.stringify(model))) refuse('its checksum does not fit: it was changed or cut');
  const learner = learners.find(({ name }) => name === card.learner);
  if (learner === undefined)
    return refuse(`its learner is ${card.learner}; have ${learners.map(({ name }) => name).join(', ')}`);
  return { card, model, learner };
}

const checksumOf = (content: string): string => createHash('sha256').update(content).digest('hex');

type Refuse = (reason: string) => never;
type Loose = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((own) => typeof own === 'string');

function parsed(text: string, refuse: Refuse): Loose {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return refuse(`it is no JSON: ${(cause as Error).message}`);
  }
  return isRecord(value) ? value : refuse('it holds no JSON object');
}

const isFeature = (value: unknown): boolean =>
  isRecord(value) && typeof value.name === 'string' && typeof value.kind === 'string';

/** What each entry of a card has to be. */
const CARD: Readonly<Record<Exclude<keyof ModelCard, 'window'>, (value: unknown) => boolean>> = {
  learner: (value) => typeof value === 'string',
  task: (value) => TASKS.some((own) => own === value),
  label: (value) => typeof value === 'string',
  features: (value) => Array.isArray(value) && value.every(isFeature),
  rows: Number.isSafeInteger,
  params: isRecord,
  seed: Number.isSafeInteger,
  split: isRecord,
  metrics: isRecord,
  trainingHash: (value) => typeof value === 'string',
  version: (value) => typeof value === 'string',
  made: (value) => typeof value === 'string',
};

function cardOf(card: unknown, refuse: Refuse): ModelCard {
  if (!isRecord(card)) return refuse('it has no card');
  for (const [name, isRight] of Object.entries(CARD))
    if (!isRight(card[name])) refuse(`${name} of its card is ${JSON.stringify(card[name]) ?? 'missing'}`);
  return card as unknown as ModelCard;
}

function modelOf(model: unknown, refuse: Refuse): Fitted {
  if (!isRecord(model)) return refuse('it has no model');
  if (typeof model.kind !== 'string' || !isTexts(model.features) || !isTexts(model.classes))
    refuse('its model does not say its kind, features and classes');
  if (!TASKS.some((own) => own === model.task)) refuse(`the task of its model is ${JSON.stringify(model.task)}`);
  return model as unknown as Fitted;
}
