export type { CanonicalColumn, CanonicalTable, Kind } from './tables.ts';
export { define, PRODUCTS, SQL_TYPES } from './tables.ts';
