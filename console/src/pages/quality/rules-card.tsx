/** The rules that touched rows: what each found, how often, and examples. */
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import type { RuleCount } from './read-quality.ts';

const ACTIONS = ['quarantine', 'empty', 'repair', 'cap', 'keep'] as const;
const LOOK = {
  quarantine: 'chip no',
  empty: 'chip mark',
  repair: 'chip mark',
  cap: 'chip mark',
  keep: 'chip',
} as const;

export function RulesCard({ rules }: { rules: readonly RuleCount[] }) {
  const { t } = useI18n();
  const columns = useColumns();
  const title = t('rules.title');
  const source = {
    name: 'cleaning-rules',
    header: ['table', 'column', 'rule', 'action', 'count', 'examples'],
    rows: () =>
      rules.map((each) => [each.table, each.column, each.rule, each.action, each.count, each.examples.join(' | ')]),
  };
  return (
    <Card
      title={title}
      hint={t('rules.hint')}
      className="w12"
      actions={rules.length === 0 ? undefined : <CsvButton what={title} source={source} />}
    >
      {rules.length === 0 ? (
        <Empty title={t('rules.none')} />
      ) : (
        <DataTable
          caption={title}
          columns={columns}
          rows={rules}
          rowKey={(row) => [row.table, row.column, row.rule, row.action].join(' ')}
        />
      )}
    </Card>
  );
}

const EXAMPLES_SHOWN = 3;

function useColumns(): readonly Column<RuleCount>[] {
  const { t, language } = useI18n();
  const { format } = useShop();
  return [
    {
      key: 'rule',
      title: t('rules.rule'),
      cell: (row) => (
        <>
          <p>{(language === 'zh' ? row.zh : row.en) ?? row.rule}</p>
          <p className="small soft">{row.rule}</p>
        </>
      ),
    },
    {
      key: 'where',
      title: t('rules.where'),
      cell: (row) => <span className="small">{[row.table, row.column].filter(Boolean).join(' · ')}</span>,
    },
    { key: 'action', title: t('rules.action'), cell: (row) => <ActionChip action={row.action} /> },
    { key: 'count', title: t('rules.count'), numeric: true, cell: (row) => format.count(row.count) },
    {
      key: 'examples',
      title: t('rules.examples'),
      cell: (row) => (
        <ul className="examples">
          {row.examples.slice(0, EXAMPLES_SHOWN).map((example) => (
            <li key={example}>{example}</li>
          ))}
        </ul>
      ),
    },
  ];
}

export function ActionChip({ action }: { action: string | null }) {
  const { t } = useI18n();
  const found = ACTIONS.find((each) => each === action);
  if (found === undefined) return <>{action ?? '–'}</>;
  return <span className={LOOK[found]}>{t(`rules.action.${found}`)}</span>;
}
