/** A journey as data: what people go through after they enter, node by node. */
import { z } from 'zod';
import { FIELD_NAMES, minutesOf, namesIn, PURPOSES } from '#delivery/index.ts';
import { known } from '#errors.ts';
import { type Condition, FIELDS, parseCondition } from '#segments/index.ts';

/** What a run is about: the customer alone, or one cart, order or product of theirs. */
export const KEYS = ['customer', 'cart', 'order', 'product'] as const;

const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'small letters, digits and hyphens');
const name = z.string().min(1).max(200);
const minutes = z.int().min(1).max(525_600);
const clock = z.string().refine((text) => minutesOf(text) !== undefined, 'a time of the day such as 09:30');
const words = z.strictObject({ subject: name.optional(), body: z.string().min(1).max(4000) });
const both = z.strictObject({ en: words.optional(), zh: words.optional() });
const condition = z.custom<Condition>((value) => typeof value === 'object' && value !== null, 'a condition');
const common = { id, label: z.strictObject({ en: name, zh: name }).optional() };

const NODE = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('entry'),
    on: z.discriminatedUnion('kind', [
      /** The people of a condition: once when it is started, or at each run whoever is new in it. */
      z.strictObject({ kind: z.literal('once'), condition }),
      z.strictObject({ kind: z.literal('segment'), condition }),
      z.strictObject({ kind: z.literal('event'), event: name, key: z.enum(KEYS).default('customer') }),
      /** Event A and then no B within some minutes, of the same key. */
      z.strictObject({
        kind: z.literal('event-without'),
        event: name,
        without: name,
        minutes,
        key: z.enum(KEYS).default('customer'),
      }),
    ]),
    next: id,
  }),
  z.strictObject({
    ...common,
    kind: z.literal('wait'),
    /** For some minutes, or until the customer's clock shows a time, or the one and then the other. */
    minutes: minutes.optional(),
    until: clock.optional(),
    next: id,
  }),
  z.strictObject({
    ...common,
    kind: z.literal('wait-event'),
    event: name,
    /** Whether the event must be of the same cart, order or product as the run. */
    sameKey: z.boolean().default(true),
    minutes,
    next: id,
    timeout: id,
  }),
  z.strictObject({ ...common, kind: z.literal('split-condition'), condition, yes: id, no: id }),
  z.strictObject({
    ...common,
    kind: z.literal('split-random'),
    branches: z
      .array(z.strictObject({ share: z.number().gt(0).max(1), next: id }))
      .min(2)
      .max(10),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('split-score'),
    /** A number that models and runs tell of a customer, a field of conditions such as p_alive. */
    field: z.string(),
    /** From the highest down: the first that is reached; `otherwise` where none is or nothing is known. */
    branches: z
      .array(z.strictObject({ atLeast: z.number(), next: id }))
      .min(1)
      .max(10),
    otherwise: id,
  }),
  z.strictObject({ ...common, kind: z.literal('offer'), offerId: name, next: id }),
  z.strictObject({
    ...common,
    kind: z.literal('message'),
    channel: id,
    purpose: z.enum(PURPOSES).default('marketing'),
    words: both,
    next: id,
  }),
  z.strictObject({ ...common, kind: z.literal('webhook'), channel: id, body: z.string().min(1).max(4000), next: id }),
  /** Watched from the entry on; who reaches it leaves the journey there. */
  z.strictObject({ ...common, kind: z.literal('goal'), event: name, days: z.int().min(1).max(365).default(30) }),
  z.strictObject({ ...common, kind: z.literal('exit') }),
]);

export type Node = z.output<typeof NODE>;
export type NodeOf<Kind extends Node['kind']> = Extract<Node, { kind: Kind }>;
export const NODE_KINDS = NODE.options.map((option) => option.shape.kind.value);

const DEFINITION = z.strictObject({
  name: z.strictObject({ en: name, zh: name }),
  nodes: z.array(z.unknown()).min(2).max(100),
  /** once: nobody comes twice; free: whenever they are not in it; days: that long after they came in last. */
  reentry: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('once') }),
      z.strictObject({ kind: z.literal('free') }),
      z.strictObject({ kind: z.literal('days'), days: z.int().min(1).max(730) }),
    ])
    .default({ kind: 'free' }),
  /** Share of customers that enters but gets nothing: what the goal is compared with. */
  holdoutShare: z.number().min(0).max(0.9).default(0.1),
});

export interface Definition extends Omit<z.output<typeof DEFINITION>, 'nodes'> {
  readonly nodes: readonly Node[];
}

/** What is wrong with a journey, and with which node; node null: with the journey. */
export interface Fault {
  readonly node: string | null;
  readonly en: string;
  readonly zh: string;
}

export interface Edge {
  readonly from: string;
  /** Which way out of the node: next, timeout, yes, no, otherwise, or a branch by its place. */
  readonly way: string;
  readonly to: string;
}

/** The ways out of a node. */
export function edgesOf(node: Node): Edge[] {
  const edge = (way: string, to: string): Edge => ({ from: node.id, way, to });
  switch (node.kind) {
    case 'entry':
    case 'wait':
    case 'offer':
    case 'message':
    case 'webhook':
      return [edge('next', node.next)];
    case 'wait-event':
      return [edge('next', node.next), edge('timeout', node.timeout)];
    case 'split-condition':
      return [edge('yes', node.yes), edge('no', node.no)];
    case 'split-random':
      return node.branches.map(({ next }, i) => edge(String(i), next));
    case 'split-score':
      return [...node.branches.map(({ next }, i) => edge(String(i), next)), edge('otherwise', node.otherwise)];
    case 'goal':
    case 'exit':
      return [];
    default:
      return node satisfies never;
  }
}

/** The definition and what is wrong with it; it may be kept with faults, but not started. */
export function checkDefinition(input: unknown): { definition: Definition | null; faults: Fault[] } {
  const read = DEFINITION.safeParse(input);
  if (!read.success) return { definition: null, faults: [faultOf(null, read.error.issues[0]!)] };
  const faults: Fault[] = [];
  const nodes: Node[] = [];
  for (const [i, raw] of read.data.nodes.entries()) {
    const node = NODE.safeParse(raw);
    const own = (raw as { id?: unknown } | null)?.id;
    if (node.success) nodes.push(node.data);
    else faults.push(faultOf(typeof own === 'string' ? own : `#${i + 1}`, node.error.issues[0]!));
  }
  for (const node of nodes) faults.push(...nodeFaults(node));
  faults.push(...graphFaults(nodes, faults));
  return { definition: { ...read.data, nodes }, faults };
}

/** @throws JOURNEY_INVALID naming the node */
export function parseDefinition(input: unknown): Definition {
  const { definition, faults } = checkDefinition(input);
  const [first] = faults;
  if (first === undefined && definition !== null) return definition;
  throw known('JOURNEY_INVALID', {
    node: first?.node ?? null,
    what: first?.en ?? 'not a journey',
    more: faults.length - 1,
  });
}

function faultOf(node: string | null, issue: z.core.$ZodIssue): Fault {
  const where = issue.path.join('.');
  const text = `${where === '' ? '' : `${where}: `}${issue.message}`;
  return { node, en: text, zh: `${where === '' ? '' : `${where}：`}${issue.message}` };
}

function nodeFaults(node: Node): Fault[] {
  const faults: Fault[] = [];
  const fault = (en: string, zh: string): void => void faults.push({ node: node.id, en, zh });
  const conditions =
    node.kind === 'split-condition'
      ? [node.condition]
      : node.kind === 'entry' && 'condition' in node.on
        ? [node.on.condition]
        : [];
  for (const each of conditions)
    try {
      parseCondition(each);
    } catch (error) {
      const text = error instanceof Error ? error.message : 'not a condition';
      fault(text, text);
    }
  if (node.kind === 'wait' && node.minutes === undefined && node.until === undefined)
    fault('say how long to wait, or until when', '请填写等待时长或等到几点');
  if (node.kind === 'split-random' && node.branches.reduce((sum, { share }) => sum + share, 0) > 1 + 1e-9)
    fault('the shares add up to more than 1', '各分支比例之和超过 1');
  if (node.kind === 'split-score' && FIELDS.get(node.field)?.kind !== 'number')
    fault(`${node.field} is no number that is known of customers`, `${node.field} 不是客户的数值字段`);
  if (node.kind === 'message') {
    const all = Object.values(node.words).filter((own) => own !== undefined);
    if (all.length === 0) fault('it has no words', '没有填写内容');
    for (const unknown of all
      .flatMap(({ subject = '', body }) => namesIn({ subject, body }))
      .filter((each) => !FIELD_NAMES.some((own) => own === each)))
      fault(
        `{{${unknown}}} is not one of ${FIELD_NAMES.join(', ')}`,
        `{{${unknown}}} 不是可用字段：${FIELD_NAMES.join('、')}`,
      );
  }
  return faults;
}

function graphFaults(nodes: readonly Node[], before: readonly Fault[]): Fault[] {
  const faults: Fault[] = [];
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const broken = new Set(before.map(({ node }) => node));
  for (const [i, { id: own }] of nodes.entries())
    if (nodes.findIndex((node) => node.id === own) !== i)
      faults.push({ node: own, en: 'another node has this id', zh: '节点编号重复' });
  const count = (kind: Node['kind']) => nodes.filter((node) => node.kind === kind).length;
  if (count('entry') !== 1 && before.length === 0)
    faults.push({ node: null, en: `a journey has one entry, not ${count('entry')}`, zh: '旅程须有且仅有一个入口' });
  if (count('goal') > 1) faults.push({ node: null, en: 'a journey has one goal at most', zh: '旅程最多一个目标' });
  for (const edge of nodes.flatMap(edgesOf)) {
    const to = byId.get(edge.to);
    if (to === undefined && !broken.has(edge.to))
      faults.push({
        node: edge.from,
        en: `${edge.way} leads to ${edge.to}, which is not there`,
        zh: `${edge.way} 指向不存在的节点 ${edge.to}`,
      });
    if (to?.kind === 'entry')
      faults.push({ node: edge.from, en: 'nothing leads back to the entry', zh: '不能连回入口' });
  }
  const circle = circleIn(nodes, byId);
  if (circle !== undefined)
    faults.push({
      node: circle,
      en: 'it leads back to itself; people come again by the rule of re-entry',
      zh: '形成了循环；请改用重复进入规则',
    });
  const entry = nodes.find((node) => node.kind === 'entry');
  if (entry !== undefined && faults.length === 0 && before.length === 0) {
    const reached = reachedFrom(entry, byId);
    for (const node of nodes)
      if (!reached.has(node.id) && node.kind !== 'goal')
        faults.push({ node: node.id, en: 'nothing leads to it', zh: '没有任何节点连到这里' });
  }
  return faults;
}

function reachedFrom(entry: Node, byId: ReadonlyMap<string, Node>): Set<string> {
  const reached = new Set<string>();
  const open = [entry.id];
  for (let own = open.pop(); own !== undefined; own = open.pop()) {
    if (reached.has(own)) continue;
    reached.add(own);
    const node = byId.get(own);
    if (node !== undefined) open.push(...edgesOf(node).map(({ to }) => to));
  }
  return reached;
}

/** A node from which one comes back to it; undefined where there is none. */
function circleIn(nodes: readonly Node[], byId: ReadonlyMap<string, Node>): string | undefined {
  const state = new Map<string, 'open' | 'done'>();
  const visit = (own: string): string | undefined => {
    if (state.get(own) === 'open') return own;
    const node = byId.get(own);
    if (node === undefined || state.get(own) === 'done') return undefined;
    state.set(own, 'open');
    for (const { to } of edgesOf(node)) {
      const found = visit(to);
      if (found !== undefined) return found;
    }
    state.set(own, 'done');
    return undefined;
  };
  for (const { id: own } of nodes) {
    const found = visit(own);
    if (found !== undefined) return found;
  }
  return undefined;
}
