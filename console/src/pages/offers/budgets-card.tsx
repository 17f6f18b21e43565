/** Budgets: what is free, held and spent of each, and opening another one. */
import { Button } from 'antd';
import { type FormEvent, useState } from 'react';
import { useActor } from '../../actor.ts';
import { ApiError, postJson } from '../../api/client.ts';
import type { BudgetRow } from '../../api/offer-types.ts';
import type { Resource } from '../../api/resource.ts';
import { ShareBar } from '../../charts/bars.tsx';
import { useI18n } from '../../i18n/index.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { MoneyField } from '../../parts/number-field.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty, Failed, Loaded } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import { COLOURS } from '../../theme.ts';
import { TextField } from './fields.tsx';

export function BudgetsCard({
  from,
  onOpened,
}: {
  from: Resource<{ rows: readonly BudgetRow[] }>;
  onOpened: () => void;
}) {
  const { t } = useI18n();
  const columns = useColumns();
  return (
    <Card title={t('offers.budget.title')} hint={t('offers.budget.hint')} className="w12">
      <Loaded
        from={from}
        rows={3}
        empty={(data) =>
          data.rows.length === 0 && <Empty title={t('offers.budget.none')}>{t('offers.budget.noneFix')}</Empty>
        }
      >
        {(data) => (
          <DataTable caption={t('offers.budget.title')} columns={columns} rows={data.rows} rowKey={(row) => row.id} />
        )}
      </Loaded>
      <OpenBudget onOpened={onOpened} />
    </Card>
  );
}

function useColumns(): readonly Column<BudgetRow>[] {
  const { t } = useI18n();
  const { format } = useShop();
  const part = (key: 'spent' | 'held' | 'free', value: number, colour: string) => ({
    ...{ key, value, colour },
    label: `${t(`offers.budget.${key}`)}: ${format.money(value)}`,
  });
  return [
    { key: 'name', title: t('offers.budget.name'), cell: (row) => <span className="no-break">{row.id}</span> },
    {
      key: 'bar',
      title: t('table.share'),
      cell: (row) => (
        <div className="pool-left">
          <ShareBar
            height={12}
            label={row.id}
            parts={[
              part('spent', row.spentMinor, COLOURS.accent),
              part('held', row.heldMinor, COLOURS.amber),
              part('free', row.freeMinor, COLOURS.line),
            ]}
          />
        </div>
      ),
    },
    { key: 'total', title: t('offers.budget.total'), numeric: true, cell: (row) => format.money(row.totalMinor) },
    { key: 'free', title: t('offers.budget.free'), numeric: true, cell: (row) => format.money(row.freeMinor) },
    { key: 'held', title: t('offers.budget.held'), numeric: true, cell: (row) => format.money(row.heldMinor) },
    { key: 'spent', title: t('offers.budget.spent'), numeric: true, cell: (row) => format.money(row.spentMinor) },
  ];
}

function OpenBudget({ onOpened }: { onOpened: () => void }) {
  const { t } = useI18n();
  const { actor, setActor } = useActor();
  const [id, setId] = useState('');
  const [amountMinor, setAmount] = useState(0);
  const [failed, setFailed] = useState<ApiError>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setFailed(undefined);
    try {
      await postJson('/budgets', { id: id.trim(), amountMinor, actor });
      setId('');
      setAmount(0);
      onOpened();
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      setFailed(cause);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <div className="budget-open">
        <TextField label={t('offers.budget.name')} value={id} required onChange={setId} />
        <MoneyField label={t('offers.budget.amount')} minor={amountMinor} onChange={setAmount} />
        <TextField label={t('offers.actor')} value={actor} required onChange={setActor} />
        <Button htmlType="submit" disabled={id.trim() === '' || amountMinor === 0 || actor === ''}>
          {t('offers.budget.open')}
        </Button>
      </div>
      {failed === undefined ? null : <Failed error={failed} />}
    </form>
  );
}
