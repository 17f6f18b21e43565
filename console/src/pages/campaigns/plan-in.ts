/** Reads what was asked for and what the plan rests on out of a campaign's document. */
import { isNode, numberIn, textIn } from '../../parts/report.ts';

export interface PlanParts {
  readonly condition: unknown;
  /** One at least, where there is a plan. */
  readonly offers: readonly unknown[];
  readonly caps: unknown;
  readonly budgetMinor: number | null;
  readonly holdoutShare: number | null;
  readonly windowDays: number | null;
  readonly consentUnknown: string | null;
  /** 'measured' from past campaigns, or 'assumption'. */
  readonly basis: string | null;
}

/** A run writes the plan itself; a draft what was typed, with the plan in its report. */
export function planIn(document: unknown): PlanParts {
  const report = isNode(document) && isNode(document.report) ? document.report : undefined;
  const plan = [report?.plan, isNode(document) ? document.plan : undefined].find(isNode);
  const part = (name: string): unknown => plan?.[name] ?? (isNode(document) ? document[name] : undefined);
  const whole = isNode(document) ? { ...document, ...plan } : undefined;
  return {
    condition: part('condition'),
    offers: Array.isArray(part('offers')) ? (part('offers') as unknown[]) : [part('offer')],
    caps: part('caps'),
    budgetMinor: numberIn(whole, 'budgetMinor'),
    holdoutShare: numberIn(whole, 'holdoutShare'),
    windowDays: numberIn(whole, 'windowDays'),
    consentUnknown: textIn(whole, 'consentUnknown'),
    basis: textIn(part('response'), 'kind'),
  };
}
