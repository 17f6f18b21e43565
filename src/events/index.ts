export { dayNumber, dayOf } from './day.ts';
export type { Shop } from './shop.ts';
export { TABLES } from './tables.ts';
