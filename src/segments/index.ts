export {
  type AnyLeaf,
  type Condition,
  fieldsOf,
  type Leaf,
  leavesOf,
  OPS,
  type Op,
} from './condition.ts';
export { type CountedSegment, countSegments } from './count.ts';
export { readDocument, writeDocument } from './documents.ts';
export { FIELDS, type Field, type FieldKind } from './fields.ts';
export { libraryOf, usersOf } from './folder.ts';
export { type FrozenAudience, freeze } from './freeze.ts';
export { EVENT_PREFIX, HAPPENINGS, happeningOf, PROPERTIES, type PropertyName, propertiesOf } from './happenings.ts';
export { holds, type PersonValues } from './holds.ts';
export { EMPTY_LIBRARY, type Ground, type Library } from './library.ts';
export { createList, deleteList, readList, readLists, type UploadedList } from './lists.ts';
export { membersSql, type Preview, previewOf, reasonsOf, type Sampled } from './members.ts';
export { OVERLAP_MAX, type Overlap, overlapOf } from './overlap.ts';
export { parseCondition, stepsOf } from './parse.ts';
export {
  type Act,
  changeSegment,
  createSegment,
  deleteSegment,
  readSegment,
  readSegments,
  SCHEDULES,
  type Segment,
  type SegmentDraft,
  versionsOf,
} from './saved.ts';
export { conditionSql } from './sql.ts';
export { type Template, templatesOf } from './templates.ts';
export { type Both, type Naming, OP_WORDS, words } from './words.ts';
