export type { Shop } from './shop.ts';
export { TABLES } from './tables.ts';
