/** A journey as a graph: its edges, its changes, and where its nodes stand on the canvas. */
import type { Branch, Definition, JourneyNode, Kind } from './journey-types.ts';

export interface Edge {
  readonly from: string;
  readonly way: string;
  readonly to: string;
}

const WAYS = ['next', 'timeout', 'yes', 'no'] as const;

export function edgesOf(node: JourneyNode): Edge[] {
  const named = WAYS.flatMap((way) => (node[way] === undefined ? [] : [{ from: node.id, way, to: node[way] }]));
  const branches = (node.branches ?? []).map(({ next }, i) => ({ from: node.id, way: String(i), to: next }));
  const otherwise = node.otherwise === undefined ? [] : [{ from: node.id, way: 'otherwise', to: node.otherwise }];
  return [...named, ...branches, ...otherwise];
}

/** The node with one of its ways leading elsewhere. */
export function redirected(node: JourneyNode, way: string, to: string): JourneyNode {
  if (/^\d+$/.test(way))
    return {
      ...node,
      branches: (node.branches ?? []).map((each, i) => (i === Number(way) ? { ...each, next: to } : each)),
    };
  return { ...node, [way]: to };
}

/** A node of a kind with what it needs, all its ways leading to `next`. */
export function nodeOf(kind: Kind, id: string, next: string): JourneyNode {
  const two: readonly Branch[] = [
    { share: 0.5, next },
    { share: 0.5, next },
  ];
  switch (kind) {
    case 'entry':
      return { id, kind, on: { kind: 'event', event: 'Order Completed', key: 'order' }, next };
    case 'wait':
      return { id, kind, minutes: 1440, next };
    case 'wait-event':
      return { id, kind, event: 'Order Completed', sameKey: false, minutes: 1440, next, timeout: next };
    case 'split-condition':
      return { id, kind, condition: { field: 'orders', op: '>=', value: 2 }, yes: next, no: next };
    case 'split-random':
      return { id, kind, branches: two };
    case 'split-score':
      return { id, kind, field: 'p_alive', branches: [{ atLeast: 0.5, next }], otherwise: next };
    case 'offer':
      return { id, kind, offerId: 'ten-percent', next };
    case 'message':
      return {
        ...{ id, kind, channel: 'file', purpose: 'marketing', next },
        words: { en: { subject: '{{shop}}', body: 'Hello' }, zh: { subject: '{{shop}}', body: '您好' } },
      };
    case 'webhook':
      return { id, kind, channel: 'file', body: 'reached', next };
    case 'goal':
      return { id, kind, event: 'Order Completed', days: 14 };
    case 'exit':
      return { id, kind };
    default:
      return kind satisfies never;
  }
}

export function freeId(nodes: readonly JourneyNode[], kind: Kind): string {
  for (let i = 1; ; i++) {
    const id = `${kind}-${i}`;
    if (!nodes.some((node) => node.id === id)) return id;
  }
}

/** Puts a new node on the way from one node to the next; a goal stands for itself. */
export function inserted(
  definition: Definition,
  { from, way, to }: Edge,
  kind: Kind,
): { definition: Definition; id: string } {
  const id = freeId(definition.nodes, kind);
  const node = nodeOf(kind, id, to);
  const nodes =
    kind === 'goal'
      ? definition.nodes
      : definition.nodes.map((each) => (each.id === from ? redirected(each, way, id) : each));
  return { definition: { ...definition, nodes: [...nodes, node] }, id };
}

/** Without a node: what led to it leads to where it led first. */
export function removed(definition: Definition, id: string): Definition {
  const gone = definition.nodes.find((node) => node.id === id);
  const to = gone === undefined ? undefined : edgesOf(gone)[0]?.to;
  const nodes = definition.nodes
    .filter((node) => node.id !== id)
    .map((node) =>
      edgesOf(node).reduce(
        (own, edge) => (edge.to === id && to !== undefined ? redirected(own, edge.way, to) : own),
        node,
      ),
    );
  return { ...definition, nodes };
}

export interface Placed {
  readonly node: JourneyNode;
  readonly x: number;
  readonly y: number;
}

export const BOX = { width: 186, height: 64, gapX: 28, gapY: 62 } as const;

/** Nodes in layers by their longest way from the entry, in each layer near to what leads to them. */
export function laidOut({ nodes }: Definition): { placed: Placed[]; width: number; height: number } {
  const layers = layersOf(nodes);
  const place = new Map<string, number>();
  const widest = Math.max(1, ...layers.map((layer) => layer.length));
  const width = widest * BOX.width + (widest - 1) * BOX.gapX;
  const placed = layers.flatMap((layer, row) => {
    const middle = (node: JourneyNode): number => {
      const from = nodes.flatMap((each) =>
        edgesOf(each).flatMap((edge, i) => (edge.to === node.id ? [(place.get(each.id) ?? width / 2) + i * 4] : [])),
      );
      return from.length === 0 ? width : from.reduce((sum, x) => sum + x, 0) / from.length;
    };
    const ordered = layer.map((node, i) => ({ node, key: middle(node), i })).sort((a, b) => a.key - b.key || a.i - b.i);
    const own = ordered.length * BOX.width + (ordered.length - 1) * BOX.gapX;
    return ordered.map(({ node }, i) => {
      const x = (width - own) / 2 + i * (BOX.width + BOX.gapX);
      place.set(node.id, x + BOX.width / 2);
      return { node, x, y: row * (BOX.height + BOX.gapY) };
    });
  });
  return { placed, width, height: layers.length * (BOX.height + BOX.gapY) - BOX.gapY };
}

function layersOf(nodes: readonly JourneyNode[]): JourneyNode[][] {
  const depth = new Map<string, number>(nodes.map((node) => [node.id, 0]));
  // a circle is a fault that is shown; the rounds end all the same
  for (let round = 0; round < nodes.length; round++) {
    let moved = false;
    for (const node of nodes)
      for (const { to } of edgesOf(node)) {
        const next = (depth.get(node.id) ?? 0) + 1;
        if (depth.has(to) && next < nodes.length && (depth.get(to) ?? 0) < next) {
          depth.set(to, next);
          moved = true;
        }
      }
    if (!moved) break;
  }
  const last = Math.max(0, ...depth.values());
  const layers: JourneyNode[][] = Array.from({ length: last + 1 }, () => []);
  for (const node of nodes) layers[node.kind === 'goal' ? last : (depth.get(node.id) ?? 0)]?.push(node);
  return layers.filter((layer) => layer.length > 0);
}
