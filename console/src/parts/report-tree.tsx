/** Any JSON document as nested lists of names and values, for what has no page of its own yet. */
import { useI18n } from '../i18n/index.tsx';
import { useShop } from '../shop.tsx';
import { isNode } from './report.ts';

const words = (name: string): string => name.replaceAll('_', ' ').replaceAll(/([a-z])([A-Z])/g, '$1 $2');

export function ReportTree({ value, depth = 0 }: { value: unknown; depth?: number }) {
  if (Array.isArray(value)) {
    if (value.every((each) => typeof each !== 'object' || each === null)) return <Scalars values={value} />;
    return (
      <ol className="tree-list">
        {value.map((each: unknown, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a document that does not change
          <li key={place}>
            <ReportTree value={each} depth={depth + 1} />
          </li>
        ))}
      </ol>
    );
  }
  if (!isNode(value)) return <Scalars values={[value]} />;
  return (
    <dl className={depth === 0 ? 'tree tree-root' : 'tree'}>
      {Object.entries(value).map(([name, inner]) => (
        <div key={name} className={typeof inner === 'object' && inner !== null ? 'tree-branch' : 'tree-leaf'}>
          <dt>{words(name)}</dt>
          <dd>
            <ReportTree value={inner} depth={depth + 1} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Scalars({ values }: { values: readonly unknown[] }) {
  const { t } = useI18n();
  const { format } = useShop();
  const written = (value: unknown) => {
    if (value === null || value === undefined) return '–';
    if (typeof value === 'boolean') return t(value ? 'word.yes' : 'word.no');
    return typeof value === 'number' ? format.decimal(value, 4) : String(value);
  };
  return <>{values.length === 0 ? '–' : values.map(written).join(', ')}</>;
}
