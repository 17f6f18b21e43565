export { surroundings, toOutbox } from './around.ts';
export { type Effect, type Engine, type JourneyEvent, makeEngine, namesOf, type Surroundings } from './engine.ts';
export { figuresOf, type Goal, type JourneyFigures } from './figures.ts';
export {
  checkDefinition,
  type Definition,
  type Edge,
  edgesOf,
  type Fault,
  KEYS,
  NODE_KINDS,
  type Node,
  parseDefinition,
} from './journey.ts';
export { groundOf, makeExamples, type Replayed, replay } from './replay.ts';
export {
  createJourney,
  editJourney,
  type Journey,
  type JourneyStatus,
  journeyIds,
  moveJourney,
  type Place,
  readJourney,
  readJourneys,
  STATUSES,
  startJourney,
} from './saved.ts';
export { type JourneyStore, openJourneys } from './store.ts';
export { type JourneyTemplate, TEMPLATES } from './templates.ts';
