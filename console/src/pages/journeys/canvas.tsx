/** The journey as it is drawn: nodes in layers, edges with how many passed, faults on the node that has them. */
import { useI18n } from '../../i18n/index.tsx';
import { Icon } from '../../parts/icons.tsx';
import { useShop } from '../../shop.tsx';
import { BOX, edgesOf, laidOut, type Placed } from './graph.ts';
import type { Definition, Fault, Figures } from './journey-types.ts';
import { aboutOf } from './node-words.ts';

/** Room beside the nodes for edges that pass layers. */
const SIDE = 40;

interface CanvasProps {
  readonly definition: Definition;
  readonly figures: Figures | null;
  readonly faults: readonly Fault[];
  readonly selected: string | null;
  onSelect(id: string): void;
}

export function Canvas({ definition, figures, faults, selected, onSelect }: CanvasProps) {
  const { t } = useI18n();
  const { placed: inner, width, height } = laidOut(definition);
  const placed = inner.map((each) => ({ ...each, x: each.x + SIDE }));
  const byId = new Map(placed.map((each) => [each.node.id, each]));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section className="canvas-scroll" aria-label={t('journey.canvas')} tabIndex={0}>
      <div className="canvas" style={{ width: width + 2 * SIDE, height }}>
        <svg width={width + 2 * SIDE} height={height} aria-hidden="true">
          <title>{t('journey.canvas')}</title>
          {placed.flatMap((from) =>
            edgesOf(from.node).flatMap((edge, i, all) => {
              const to = byId.get(edge.to);
              return to === undefined
                ? []
                : [
                    <EdgeLine
                      key={`${edge.from}/${edge.way}`}
                      {...{ from, to, edge, figures }}
                      place={(i + 1) / (all.length + 1)}
                      index={i}
                    />,
                  ];
            }),
          )}
        </svg>
        {placed.map((each) => (
          <NodeBox
            key={each.node.id}
            placed={each}
            figures={figures}
            faults={faults.filter(({ node }) => node === each.node.id)}
            isSelected={selected === each.node.id}
            onSelect={onSelect}
          />
        ))}
      </div>
    </section>
  );
}

interface EdgeProps {
  readonly from: Placed;
  readonly to: Placed;
  readonly edge: { readonly from: string; readonly way: string; readonly to: string };
  readonly figures: Figures | null;
  /** Where along the lower side of its node it begins, 0 to 1, and which of the node's edges it is. */
  readonly place: number;
  readonly index: number;
}

/** A curve to the next layer; past others it runs in a lane beside them. */
function pathOf({ x1, y1, x2, y2 }: { x1: number; y1: number; x2: number; y2: number }, lane: number): string {
  if (y2 - y1 <= BOX.gapY) {
    const bend = Math.min(48, (y2 - y1) / 2);
    return `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
  }
  return `M${x1} ${y1}C${x1} ${y1 + 34} ${lane} ${y1 + 20} ${lane} ${y1 + 70}L${lane} ${y2 - 60}C${lane} ${y2 - 20} ${x2} ${y2 - 36} ${x2} ${y2}`;
}

function EdgeLine({ from, to, edge, figures, place, index }: EdgeProps) {
  const { t } = useI18n();
  const { format } = useShop();
  const x1 = from.x + BOX.width * place;
  const y1 = from.y + BOX.height;
  const x2 = to.x + BOX.width * (0.35 + 0.3 * place);
  const y2 = to.y;
  const line = pathOf({ x1, y1, x2, y2 }, Math.min(from.x, to.x) - 14 - 10 * index);
  const passes = figures?.edges.find(
    (each) => each.from === edge.from && each.way === edge.way && each.to === edge.to,
  )?.passes;
  const way = edge.way === 'next' ? '' : wayWord(edge.way, t);
  const label = [way, passes === undefined ? '' : format.count(passes)].filter(Boolean).join(' · ');
  return (
    <g>
      <path className="edge" d={line} />
      <path className="edge-head" d={`M${x2 - 4} ${y2 - 7}L${x2} ${y2 - 1}L${x2 + 4} ${y2 - 7}`} />
      {label === '' ? null : (
        <text className="edge-label" x={x1} y={y1 + 15 + 13 * (index % 2)} textAnchor="middle">
          {label}
        </text>
      )}
    </g>
  );
}

const NAMED = ['timeout', 'yes', 'no', 'otherwise'] as const;

export function wayWord(way: string, t: ReturnType<typeof useI18n>['t']): string {
  const named = NAMED.find((each) => each === way);
  if (named !== undefined) return t(`journey.way.${named}`);
  return way === 'next' ? t('journey.way.next') : t('journey.way.branch', { n: Number(way) + 1 });
}

interface NodeProps {
  readonly placed: Placed;
  readonly figures: Figures | null;
  readonly faults: readonly Fault[];
  readonly isSelected: boolean;
  onSelect(id: string): void;
}

function NodeBox({ placed: { node, x, y }, figures, faults, isSelected, onSelect }: NodeProps) {
  const { t, pick } = useI18n();
  const { format } = useShop();
  const own = figures?.nodes.find((each) => each.node === node.id);
  const reached = node.kind === 'goal' ? figures?.goal?.treated.reached : own?.reached;
  const [fault] = faults;
  return (
    <button
      type="button"
      className={`node node-${node.kind}${fault === undefined ? '' : ' node-wrong'}`}
      style={{ left: x, top: y, width: BOX.width, height: BOX.height }}
      aria-pressed={isSelected}
      title={fault === undefined ? aboutOf(node, { t, pick }) : pick(fault)}
      onClick={() => onSelect(node.id)}
    >
      <span className="node-head">
        {fault === undefined ? null : <Icon name="alert" size={14} />}
        <span className="node-kind">
          {node.label === undefined ? t(`journey.kind.${node.kind}`) : pick(node.label)}
        </span>
        {reached === undefined ? null : <span className="node-count">{format.count(reached)}</span>}
      </span>
      <span className="node-about">{fault === undefined ? aboutOf(node, { t, pick }) : pick(fault)}</span>
      {own === undefined || own.here === 0 ? null : (
        <span className="node-here">{t('journey.here', { n: own.here })}</span>
      )}
    </button>
  );
}
