/** Journeys as the API gives them. */
import type { Both } from '../../i18n/index.tsx';

export const KINDS = [
  'entry',
  'wait',
  'wait-event',
  'split-condition',
  'split-random',
  'split-score',
  'offer',
  'message',
  'webhook',
  'goal',
  'exit',
] as const;
export type Kind = (typeof KINDS)[number];

export interface Branch {
  readonly next: string;
  readonly share?: number;
  readonly atLeast?: number;
}
interface Words {
  readonly subject?: string;
  readonly body: string;
}
export interface EntryOn {
  readonly kind: 'once' | 'segment' | 'event' | 'event-without';
  readonly condition?: unknown;
  readonly event?: string;
  readonly without?: string;
  readonly minutes?: number;
  readonly key?: string;
}

/** A node with the parts of its kind; see the contract of POST /api/v1/journeys. */
export interface JourneyNode {
  readonly id: string;
  readonly kind: Kind;
  readonly label?: Both;
  readonly on?: EntryOn;
  readonly next?: string;
  readonly timeout?: string;
  readonly yes?: string;
  readonly no?: string;
  readonly otherwise?: string;
  readonly branches?: readonly Branch[];
  readonly minutes?: number;
  readonly until?: string;
  readonly event?: string;
  readonly sameKey?: boolean;
  readonly condition?: unknown;
  readonly field?: string;
  readonly offerId?: string;
  readonly channel?: string;
  readonly purpose?: string;
  readonly words?: { readonly en?: Words; readonly zh?: Words };
  readonly body?: string;
  readonly days?: number;
}

export interface Definition {
  readonly name: Both;
  readonly nodes: readonly JourneyNode[];
  readonly reentry?: { readonly kind: 'once' | 'free' | 'days'; readonly days?: number };
  readonly holdoutShare?: number;
}

export interface Fault extends Both {
  readonly node: string | null;
}

export type Status = 'draft' | 'running' | 'paused' | 'ended';

export interface JourneyRow {
  readonly id: string;
  readonly name: Both;
  readonly status: Status;
  readonly version: number;
  readonly isDry: boolean;
  readonly isExample: boolean;
  readonly changedAt: number;
  readonly entered: number;
  readonly inside: number;
  readonly goalRate: number | null;
}

interface Reached {
  readonly customers: number;
  readonly reached: number;
  readonly rate: number | null;
}

export interface Figures {
  readonly version: number;
  readonly entered: number;
  readonly inside: number;
  readonly ended: number;
  readonly heldOut: number;
  readonly averted: number;
  readonly pending: number;
  readonly nodes: readonly { readonly node: string; readonly reached: number; readonly here: number }[];
  readonly edges: readonly {
    readonly from: string;
    readonly way: string;
    readonly to: string;
    readonly passes: number;
  }[];
  readonly goal: {
    readonly treated: Reached;
    readonly heldOut: Reached;
    readonly difference: { readonly estimate: number; readonly low: number; readonly high: number } | null;
  } | null;
  readonly lost: readonly { readonly node: string; readonly why: string; readonly people: number }[];
}

export interface JourneyOne extends JourneyRow {
  readonly revision: number;
  readonly draft: Definition;
  readonly faults: readonly Fault[];
  readonly isChanged: boolean;
  readonly shown: Definition | null;
  readonly versions: readonly { readonly version: number; readonly startedAt: number; readonly actor: string }[];
  readonly figures: Figures | null;
}

export interface JourneyTemplate {
  readonly key: string;
  readonly about: Both;
  readonly definition: Definition;
}
