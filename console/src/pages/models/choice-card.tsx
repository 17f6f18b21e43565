/** What was tried, how well each did on customers held out, and why one was taken. */
import type { ModelTiers } from '../../api/types.ts';
import { Dots } from '../../charts/dots.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import { useCandidateName } from './candidate-name.ts';

type Choice = NonNullable<ModelTiers['choice']>;

export function ChoiceCard({ choice }: { choice: Choice | null }) {
  const { t } = useI18n();
  return (
    <Card
      title={t('choice.title')}
      hint={t('choice.hint')}
      className="w12"
      note={choice === null ? undefined : <Basis choice={choice} />}
    >
      {choice === null ? <Empty title={t('choice.none')} /> : <Tried choice={choice} />}
    </Card>
  );
}

function Basis({ choice: { rows, folds, candidates } }: { choice: Choice }) {
  const { t } = useI18n();
  return <>{t('choice.basis', { n: rows, folds, tried: candidates.length })}</>;
}

function Tried({ choice }: { choice: Choice }) {
  const { t } = useI18n();
  const { format } = useShop();
  const candidateName = useCandidateName();
  const { candidates, chosen, equals, weights, tolerance } = choice;
  const number = (value: number) => format.fixed(value, 3);
  const title = t('choice.title');
  const taken = candidates.find(({ name }) => name === chosen);
  const source = {
    name: 'model-candidates',
    header: ['candidate', 'kappa', 'kappa_sd', 'gini', 'gini_sd', 'macroF1', 'chosen'],
    rows: () =>
      candidates.map(({ name, kappa, gini, macroF1 }) => [
        ...[name, kappa.mean, kappa.sd, gini.mean, gini.sd, macroF1.mean],
        name === chosen ? 1 : 0,
      ]),
  };
  return (
    <>
      <p className="choice-why">
        {t(candidates[0]?.name === chosen ? 'choice.whyBest' : 'choice.why', {
          chosen: candidateName(chosen),
          n: equals.length,
          tolerance: number(tolerance),
          gini: number(taken?.gini.mean ?? 0),
        })}{' '}
        {weights.length < 2
          ? null
          : t('choice.members', { members: format.list(weights.map(({ name }) => candidateName(name))) })}
      </p>
      <div className="table-tools">
        <CsvButton what={title} source={source} />
      </div>
      <Dots
        label={t('choice.chart')}
        format={number}
        valueTitle={t('metric.kappa')}
        moreTitle={t('metric.gini')}
        rows={candidates.map(({ name, kappa, gini }) => ({
          key: name,
          label: candidateName(name),
          note: name === chosen ? t('choice.chosen') : equals.includes(name) ? t('choice.equal') : undefined,
          isMarked: name === chosen,
          mid: kappa.mean,
          low: kappa.mean - kappa.sd,
          high: kappa.mean + kappa.sd,
          more: number(gini.mean),
          text: t('choice.row', {
            name: candidateName(name),
            kappa: number(kappa.mean),
            sd: number(kappa.sd),
            gini: number(gini.mean),
          }),
        }))}
      />
      <p className="soft small">{t('choice.read')}</p>
    </>
  );
}
