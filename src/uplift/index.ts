export { ABOUT, METHODS, type Method } from './methods.ts';
export type { ArmEffects, ArmModel, UpliftModel, UpliftOptions, UpliftPrediction } from './model.ts';
export { fitUplift, predictUplift } from './model.ts';
export type { Propensity, UpliftColumns } from './trials.ts';
