export type { DuckdbOptions } from './duckdb/compute.ts';
export { openDuckdb, writeParquet } from './duckdb/compute.ts';
export { needColumns, relationOf } from './duckdb/files.ts';
export type { Cell, Compute, Params, Row, Scalar } from './engine.ts';
export { literal, quoted } from './engine.ts';
export { type Scratch, scratchFolder } from './scratch.ts';
export type { Stage, Workspace } from './workspace.ts';
export { holderOf, openWorkspace, readWorkspace } from './workspace.ts';
