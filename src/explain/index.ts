export type { Attributions } from './attributions.ts';
export { grouped, meanSize } from './attributions.ts';
export { againstShap, pathShap } from './tree-shap.ts';
