/** The rows that were set aside, by table and reason, as they came; nothing is dropped. */
import { Select } from 'antd';
import { useId, useState } from 'react';
import { csvAddress } from '../../api/client.ts';
import { useResource } from '../../api/resource.ts';
import type { Quality, Rejects } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Card } from '../../parts/page.tsx';
import { Paging } from '../../parts/paging.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { queryText, useRoute } from '../../router.ts';
import { useShop } from '../../shop.tsx';
import type { RuleCount } from './read-quality.ts';

const SIZE = 20;

interface RejectsProps {
  readonly rejects: Quality['rejects'];
  /** Rules in words, by key. */
  readonly rules: readonly RuleCount[];
}

export function RejectsCard({ rejects: all, rules }: RejectsProps) {
  const { t } = useI18n();
  const rejects = all.filter((each) => each.rows > 0).sort((a, b) => b.rows - a.rows);
  if (rejects.length === 0) {
    return (
      <Card title={t('rejects.title')}>
        <Empty title={t('rejects.none')}>{t('rejects.noneFix')}</Empty>
      </Card>
    );
  }
  return <Browser rejects={rejects} rules={rules} />;
}

function Browser({ rejects, rules }: RejectsProps) {
  const { t, language } = useI18n();
  const { format } = useShop();
  const asked = useRoute().query.get('table');
  const [table, setTable] = useState(rejects.find((each) => each.table === asked)?.table ?? rejects[0]?.table ?? '');
  const [reason, setReason] = useState<string>();
  const [page, setPage] = useState(1);
  const id = useId();
  const query = { table, reason };
  const list = useResource<Rejects>(
    `/quality/rejects${queryText({ ...query, limit: SIZE, offset: (page - 1) * SIZE })}`,
  );
  const wordsOf = (reason: string) => rules.find((each) => each.rule === reason)?.[language] ?? reason;
  const reasons = rejects.find((each) => each.table === table)?.reasons ?? [];
  return (
    <Card
      title={t('rejects.title')}
      hint={t('rejects.hint')}
      actions={<CsvButton what={t('rejects.title')} source={{ address: csvAddress('/quality/rejects', query) }} />}
    >
      <div className="filters filters-products">
        <div className="filter">
          <label htmlFor={`${id}t`}>{t('table.table')}</label>
          <Select
            id={`${id}t`}
            value={table}
            onChange={(next: string) => {
              setTable(next);
              setReason(undefined);
              setPage(1);
            }}
            options={rejects.map((each) => ({
              value: each.table,
              label: `${each.table} (${format.count(each.rows)})`,
            }))}
          />
        </div>
        <div className="filter">
          <label htmlFor={`${id}r`}>{t('rejects.reason')}</label>
          <Select
            id={`${id}r`}
            allowClear
            placeholder={t('filter.any')}
            value={reason ?? null}
            onChange={(next: string | null) => {
              setReason(next ?? undefined);
              setPage(1);
            }}
            options={reasons.map((each) => ({
              value: each.reason,
              label: `${wordsOf(each.reason)} (${format.count(each.rows)})`,
            }))}
          />
        </div>
      </div>
      <Loaded from={list} rows={6} empty={(data) => data.rows.length === 0 && <Empty title={t('rejects.none')} />}>
        {(data) => (
          <>
            <DataTable
              dense
              caption={t('rejects.title')}
              columns={data.columns.map((name) => ({
                key: name,
                title: name,
                cell: (row: Numbered) => (
                  <Raw
                    text={name === 'reason' ? wordsOf(String(row.cells[name] ?? '')) : String(row.cells[name] ?? '–')}
                  />
                ),
              }))}
              rows={data.rows.map((cells, place) => ({ cells, place }))}
              rowKey={(row) => String(row.place)}
            />
            <Paging page={page} size={SIZE} total={data.total} onChange={setPage}>
              {t('count.rows', { n: data.total })}
            </Paging>
          </>
        )}
      </Loaded>
    </Card>
  );
}

interface Numbered {
  readonly cells: Rejects['rows'][number];
  readonly place: number;
}

const LONG = 90;

/** A cell as it came; a whole source row is folded to its beginning. */
function Raw({ text }: { text: string }) {
  if (text.length <= LONG) return <span className="raw">{text}</span>;
  return (
    <details className="raw">
      <summary>{`${text.slice(0, LONG / 2)} …`}</summary>
      {text}
    </details>
  );
}
