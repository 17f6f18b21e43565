export type { Column, NumberColumn, Table, TextColumn } from './table.ts';
export { numberColumn, numbers, table, textAt, textColumn, texts } from './table.ts';
export { take } from './take.ts';
