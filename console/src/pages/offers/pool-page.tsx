/** One coupon pool: its terms, how its codes run down, its redemptions and the budget behind it; or a new one. */
import { Button } from 'antd';
import { useCallback, useMemo } from 'react';
import { apiAddress } from '../../api/client.ts';
import type { BudgetDetail, PoolDetail } from '../../api/offer-types.ts';
import { useResource } from '../../api/resource.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Card, Facts, Page } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { href, pathOf } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import { COLOURS } from '../../theme.ts';
import { NewPool } from './new-pool.tsx';
import { PoolChip } from './pools-card.tsx';
import { RunDown } from './run-down.tsx';
import './offers.css';

export default function PoolPage({ id }: { id: string }) {
  return id === 'new' ? <NewPool /> : <OnePool id={id} />;
}

function OnePool({ id }: { id: string }) {
  const { t, pick } = useI18n();
  const path = `/coupon-pools/${encodeURIComponent(id)}`;
  const pool = useResource<PoolDetail>(path);
  return (
    <Page
      title={id}
      lead={
        pool.data === undefined
          ? undefined
          : t('offers.pool.lead', { offer: pick(pool.data.offerName), version: pool.data.offerVersion })
      }
      back={{ to: '/offers', label: t('nav.offers') }}
      actions={
        <Button href={apiAddress(`${path}/codes`)} download icon={<Icon name="download" size={16} />}>
          {t('offers.pool.codes')}
        </Button>
      }
    >
      <Loaded from={pool} rows={8}>
        {(data) => <Figures pool={data} />}
      </Loaded>
    </Page>
  );
}

const DAY_MS = 86_400_000;

function Figures({ pool }: { pool: PoolDetail }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { counts } = pool;
  const count = useCallback((value: number) => format.count(value), [format]);
  const left = useMemo(() => [{ name: t('offers.pool.left'), colour: COLOURS.accent, points: pool.left }], [pool, t]);
  const redeemed = useMemo(
    () => [{ name: t('offers.redeemed'), colour: COLOURS.good, points: pool.redeemed }],
    [pool, t],
  );
  return (
    <div className="grid">
      <Card className="w12">
        <div className="stack">
          <p data-testid="main-number" data-value={String(counts.redeemed)}>
            <PoolChip pool={pool} /> {t('offers.pool.leftOf', { n: counts.free, total: pool.total })}
          </p>
          <Facts
            items={[
              ...(pool.code === null ? [] : [[t('offers.pool.code'), pool.code] as const]),
              ...(['issued', 'redeemed', 'refunded', 'expired', 'revoked'] as const).map(
                (state) => [t(`offers.pool.state.${state}`), format.count(counts[state])] as const,
              ),
              [t('offers.cost'), format.money(pool.costMinor)],
              [t('offers.pool.most'), format.count(pool.most)],
              [
                t('offers.pool.perPerson'),
                pool.perPerson === null ? t('offers.form.noLimit') : format.count(pool.perPerson),
              ],
              [
                t('offers.pool.expires'),
                pool.expiresAt === null ? t('offers.pool.never') : format.dateTime(pool.expiresAt),
              ],
              [
                t('offers.pool.valid'),
                pool.validMs === null
                  ? t('offers.form.noLimit')
                  : t('unit.days', { n: Math.round(pool.validMs / DAY_MS) }),
              ],
              [t('offers.pool.budget'), pool.budgetId ?? t('offers.pool.noBudget')],
              [t('offers.pool.hold'), format.money(pool.holdMinor)],
              [t('offers.pool.lowAt'), format.count(pool.lowStock)],
            ]}
          />
          <p className="small">
            <a href={href(pathOf('offers', pool.offerId))}>{t('offers.form.edit', { name: pool.offerId })}</a>
          </p>
        </div>
      </Card>
      <RunDown
        title={t('offers.pool.down')}
        name={`codes-left-${pool.id}`}
        summary={t('offers.pool.down.summary', { n: counts.free, total: pool.total })}
        none={t('offers.pool.nothing')}
        lines={left}
        say={count}
      />
      <RunDown
        title={t('offers.pool.curve')}
        name={`redeemed-${pool.id}`}
        summary={t('offers.pool.curve.summary', { n: counts.redeemed })}
        none={t('offers.pool.nothing')}
        lines={redeemed}
        say={count}
      />
      {pool.budgetId === null ? null : <BudgetDown id={pool.budgetId} />}
    </div>
  );
}

function BudgetDown({ id }: { id: string }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { data } = useResource<BudgetDetail>(`/budgets/${encodeURIComponent(id)}`);
  const lines = useMemo(
    () =>
      data === undefined
        ? []
        : [
            { name: t('offers.budget.free'), colour: COLOURS.accent, points: data.free },
            { name: t('offers.budget.spent'), colour: COLOURS.bad, points: data.spent },
          ],
    [data, t],
  );
  if (data === undefined) return null;
  const [free, spent] = [format.money(data.freeMinor), format.money(data.spentMinor)];
  return (
    <RunDown
      title={t('offers.budget.down')}
      name={`budget-${id}`}
      summary={t('offers.budget.down.summary', { free, spent })}
      none={t('offers.budget.none')}
      lines={lines}
      say={format.moneyShort}
    />
  );
}
