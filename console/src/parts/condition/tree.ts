/**
 * A condition as a form edits it: groups and leaves with keys of their own, each of which may be turned round; and the
 * tree that the server takes. Leaves stay as the server writes them, so that nothing is lost that the form doesn't know.
 */

export type Json = Readonly<Record<string, unknown>>;
export type Join = 'all' | 'any';

export interface Group {
  readonly key: number;
  readonly not: boolean;
  readonly join: Join;
  readonly parts: readonly Node[];
}

export interface Leaf {
  readonly key: number;
  readonly not: boolean;
  readonly leaf: Json;
}

export type Node = Group | Leaf;
export const isGroup = (node: Node): node is Group => 'parts' in node;

let keys = 0;
export const group = (join: Join, parts: readonly Node[] = [], not = false): Group => ({
  key: keys++,
  not,
  join,
  parts,
});
export const leafNode = (leaf: Json, not = false): Leaf => ({ key: keys++, not, leaf });

const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The node behind a condition; what is no condition is a group of everybody. */
export function nodeOf(condition: unknown, not = false): Node {
  if (!isRecord(condition)) return group('all', [], not);
  if ('not' in condition) return nodeOf(condition.not, !not);
  for (const join of ['all', 'any'] as const) {
    const parts = condition[join];
    if (Array.isArray(parts))
      return group(
        join,
        (parts as unknown[]).map((part) => nodeOf(part)),
        not,
      );
  }
  return leafNode(uniform(condition), not);
}

/** Feature definitions write `{ column, is, value }` and `{ column, in }`. */
function uniform(leaf: Json): Json {
  if (!('column' in leaf)) return leaf;
  if ('in' in leaf) return { field: leaf.column, op: 'in', value: leaf.in };
  if ('missing' in leaf) return { field: leaf.column, op: 'missing', value: leaf.missing };
  return { field: leaf.column, op: leaf.is, value: leaf.value };
}

/** The outermost node, always a group. */
export function rootOf(condition: unknown): Group {
  const node = nodeOf(condition);
  return isGroup(node) && !node.not ? node : group('all', [node]);
}

/** The condition behind a node: everybody, without leaves. Leaves that say nothing yet and groups without any are left out. */
export function conditionOf(node: Node): Json {
  return told(node) ?? { all: [] };
}

function told(node: Node): Json | undefined {
  const plain = isGroup(node) ? toldGroup(node) : isSaid(node.leaf) ? node.leaf : undefined;
  if (plain === undefined) return undefined;
  return node.not ? { not: plain } : plain;
}

function toldGroup({ join, parts }: Group): Json | undefined {
  const said = parts.flatMap((part) => told(part) ?? []);
  return said.length === 0 ? undefined : { [join]: said };
}

const EMPTY = (value: unknown): boolean => value === '' || (Array.isArray(value) && value.length === 0);

/** Whether a leaf asks something: no list without choices, no step without a name. */
function isSaid(leaf: Json): boolean {
  if (EMPTY(leaf.value) || EMPTY(leaf.segment) || EMPTY(leaf.list) || EMPTY(leaf.uplift)) return false;
  const steps = [
    leaf,
    leaf.dropped,
    leaf.without,
    ...(Array.isArray(leaf.sequence) ? (leaf.sequence as unknown[]) : []),
  ];
  return steps.every(
    (step) =>
      !isRecord(step) ||
      !Array.isArray(step.where) ||
      step.where.every((test: unknown) => isRecord(test) && !EMPTY(test.value)),
  );
}

/** How many leaves are not part of the condition yet. */
export function unsaidIn(node: Node): number {
  if (isGroup(node)) return node.parts.reduce((sum, part) => sum + unsaidIn(part), 0);
  return isSaid(node.leaf) ? 0 : 1;
}
