/** What became of the people: the way to the goal, against those held out, and where they were lost. */
import { useI18n } from '../../i18n/index.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card, Facts } from '../../parts/page.tsx';
import { useShop } from '../../shop.tsx';
import type { Definition, Figures, JourneyOne } from './journey-types.ts';
import { aboutOf } from './node-words.ts';

export function FunnelCard({ figures, journey }: { figures: Figures; journey: JourneyOne }) {
  const { t, pick } = useI18n();
  const { format } = useShop();
  const nodes = journey.shown?.nodes ?? [];
  const steps = [
    { key: 'entered', label: t('journey.entered'), people: figures.entered },
    ...nodes
      .filter(({ kind }) => kind === 'message' || kind === 'offer' || kind === 'webhook')
      .map((node) => ({
        key: node.id,
        label: `${t(`journey.kind.${node.kind}`)}: ${aboutOf(node, { t, pick })}`,
        people: figures.nodes.find((each) => each.node === node.id)?.reached ?? 0,
      })),
    ...(figures.goal === null
      ? []
      : [{ key: 'goal', label: t('journey.kind.goal'), people: figures.goal.treated.reached }]),
  ];
  const most = Math.max(1, ...steps.map(({ people }) => people));
  return (
    <Card title={t('journey.funnel')} hint={t('journey.funnel.hint')} className="w6">
      <ul className="funnel">
        {steps.map(({ key, label, people }) => (
          <li key={key}>
            <span>{label}</span>
            <span className="bar">
              <span className="bar-track">
                <span className="bar-fill" style={{ width: `${(people / most) * 100}%` }} />
              </span>
              <span className="bar-text">{format.count(people)}</span>
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

export function GoalCard({ figures, isDry }: { figures: Figures; isDry: boolean }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { goal } = figures;
  if (goal === null) return null;
  const rate = (own: typeof goal.treated) =>
    own.rate === null
      ? '–'
      : `${format.percent(own.rate)} (${format.count(own.reached)} / ${format.count(own.customers)})`;
  const points = (value: number) => t('journey.points', { value: format.fixed(value * 100, 1) });
  return (
    <Card title={t('journey.goal')} hint={t('journey.goal.hint')} className="w6">
      <Facts
        items={[
          [t('journey.goal.treated'), rate(goal.treated)],
          [t('journey.goal.heldOut'), rate(goal.heldOut)],
          [
            t('journey.goal.difference'),
            goal.difference === null
              ? t('journey.goal.tooFew')
              : `${points(goal.difference.estimate)} (${points(goal.difference.low)} – ${points(goal.difference.high)})`,
          ],
        ]}
      />
      {isDry ? <p className="soft small">{t('journey.goal.dry')}</p> : null}
    </Card>
  );
}

const WHY = ['waiting', 'exit', 'goal', 'no branch', 'journey ended'] as const;

export function LostCard({ figures, shown }: { figures: Figures; shown: Definition | null }) {
  const { t, pick } = useI18n();
  const { format } = useShop();
  type Row = Figures['lost'][number];
  const nameOf = (id: string): string => {
    const node = shown?.nodes.find((each) => each.id === id);
    return node === undefined
      ? id
      : [t(`journey.kind.${node.kind}`), aboutOf(node, { t, pick })].filter(Boolean).join(': ');
  };
  const why = (own: string): string => {
    const known = WHY.find((each) => each === own);
    return known === undefined ? own : t(`journey.lost.${known}`);
  };
  const columns: readonly Column<Row>[] = [
    { key: 'node', title: t('journey.node'), cell: (row) => nameOf(row.node) },
    { key: 'why', title: t('journey.lost.why'), cell: (row) => why(row.why) },
    { key: 'people', title: t('journey.people'), numeric: true, cell: (row) => format.count(row.people) },
  ];
  return (
    <Card title={t('journey.lost')} hint={t('journey.lost.hint')} className="w6">
      {figures.lost.length === 0 ? (
        <p className="soft">{t('journey.lost.none')}</p>
      ) : (
        <DataTable
          caption={t('journey.lost')}
          columns={columns}
          rows={figures.lost}
          rowKey={(row) => `${row.node}/${row.why}`}
          dense
        />
      )}
    </Card>
  );
}
