export {
  type AnyLeaf,
  type Condition,
  type Did,
  fieldsOf,
  type Leaf,
  leavesOf,
  namedIn,
  OPS,
  type Op,
  type Span,
  type Step,
  type Test,
  type Within,
} from './condition.ts';
export { FIELDS, type Field, type FieldKind } from './fields.ts';
export { HAPPENINGS, PROPERTIES, type PropertyName } from './happenings.ts';
export { type Deed, holds, type Life, type PersonValues } from './holds.ts';
export { EMPTY_LIBRARY, type Ground, type Library } from './library.ts';
export { parseCondition } from './parse.ts';
export { conditionSql } from './sql.ts';
export type { Moment } from './window.ts';
