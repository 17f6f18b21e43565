export {
  type Condition,
  conditionSql,
  fieldsOf,
  holds,
  OPS,
  type Op,
  type PersonValues,
  parseCondition,
} from './condition.ts';
export { FIELDS, type Field, type FieldKind } from './fields.ts';
