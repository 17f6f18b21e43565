/** Where the foretold tier and the one that came meet: rows are what came, columns what was foretold. */
import type { ModelTiers } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';

export function ConfusionCard({ counts }: { counts: ModelTiers['confusion'] }) {
  const { t } = useI18n();
  const { format, shop, tierName } = useShop();
  const title = t('confusion.title');
  const names = (counts ?? []).map((_, index) =>
    tierName(shop.tiers.find((tier) => tier.index === index)?.key ?? null),
  );
  const source = {
    name: 'tier-confusion',
    header: ['actual', ...names],
    rows: () => (counts ?? []).map((row, actual) => [names[actual], ...row]),
  };
  return (
    <Card
      title={title}
      hint={t('confusion.hint')}
      className="w5"
      actions={counts === null ? undefined : <CsvButton what={title} source={source} />}
    >
      {counts === null ? (
        <Empty title={t('evaluation.none')} />
      ) : (
        <>
          <p>
            {t(
              'confusion.sentence',
              sharesOf(counts, (share) => format.percent(share, 0)),
            )}
          </p>
          <section className="scroll" aria-label={title}>
            <table className="confusion">
              <caption className="hidden">{title}</caption>
              <thead>
                <tr>
                  <td />
                  <th colSpan={names.length} scope="colgroup">
                    {t('confusion.foretold')}
                  </th>
                </tr>
                <tr>
                  <th scope="col">{t('confusion.actual')}</th>
                  {names.map((name) => (
                    <th key={name} scope="col">
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {counts.map((row, actual) => (
                  <tr key={names[actual]}>
                    <th scope="row">{names[actual]}</th>
                    {row.map((count, foretold) => (
                      <Cell
                        key={names[foretold]}
                        share={count / Math.max(1, sum(row))}
                        isHit={actual === foretold}
                        text={format.count(count)}
                        part={format.percent(count / Math.max(1, sum(row)), 0)}
                      />
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
          <p className="soft small">{t('confusion.read')}</p>
        </>
      )}
    </Card>
  );
}

const sum = (row: readonly number[]): number => row.reduce((total, n) => total + n, 0);

function sharesOf(counts: readonly (readonly number[])[], percent: (share: number) => string) {
  const all = Math.max(1, sum(counts.map(sum)));
  const within = (off: number) =>
    sum(counts.map((row, actual) => sum(row.filter((_, foretold) => Math.abs(actual - foretold) <= off)))) / all;
  return { exact: percent(within(0)), near: percent(within(1)) };
}

function Cell({ share, isHit, text, part }: { share: number; isHit: boolean; text: string; part: string }) {
  const colour = isHit ? '15, 76, 92' : '208, 140, 29';
  const depth = 0.06 + 0.74 * share;
  return (
    <td style={{ background: `rgba(${colour}, ${depth})`, color: isHit && depth > 0.45 ? '#fff' : undefined }}>
      {text}
      <span className="confusion-share">{part}</span>
    </td>
  );
}
