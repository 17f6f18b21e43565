/** Recency against frequency, five by five: darker cells hold more people; each cell opens them. */
import { Segmented } from 'antd';
import { useState } from 'react';
import { useResource } from '../../api/resource.ts';
import type { RfmCell, RfmGrid } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { CsvButton } from '../../parts/csv.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { PeopleLink } from '../../parts/tier.tsx';
import { useShop } from '../../shop.tsx';

const SCORES = [1, 2, 3, 4, 5] as const;
type Measure = 'customers' | 'spend';

const PALE = [238, 243, 243] as const;
const DEEP = [15, 76, 92] as const;

/** Relative luminance, WCAG 2. */
function luminance(rgb: readonly number[]): number {
  const [r = 0, g = 0, b = 0] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** From pale to deep petrol; the text is white or near-black, whichever reaches 4.5:1 on the ground. */
function shade(share: number): { background: string; color: string } {
  const depth = Math.sqrt(Math.max(0, Math.min(1, share)));
  const ground = PALE.map((light, place) => Math.round(light + ((DEEP[place] ?? light) - light) * depth));
  return { background: `rgb(${ground.join(', ')})`, color: luminance(ground) < 0.183 ? '#ffffff' : '#05090b' };
}

export function RfmCard() {
  const { t } = useI18n();
  const { segmentName } = useShop();
  const grid = useResource<RfmGrid>('/tiers/rfm');
  const [measure, setMeasure] = useState<Measure>('customers');
  const cells = grid.data?.cells ?? [];
  const source = {
    name: 'rfm',
    header: ['recency', 'frequency', 'segment', 'customers', 'mean_spend_minor'],
    rows: () =>
      cells.map((cell) => [
        cell.r,
        cell.f,
        cell.segment === null ? null : segmentName(cell.segment),
        cell.customers,
        cell.meanSpendMinor,
      ]),
  };
  return (
    <Card
      title={t('rfm.title')}
      hint={t('rfm.hint')}
      className="w6"
      actions={cells.length === 0 ? undefined : <CsvButton what={t('rfm.title')} source={source} />}
    >
      <Loaded from={grid} rows={7} empty={(data) => data.cells.length === 0 && <Empty title={t('rfm.none')} />}>
        {(data) => (
          <>
            <Segmented<Measure>
              size="small"
              value={measure}
              onChange={setMeasure}
              aria-label={t('rfm.measure')}
              options={[
                { value: 'customers', label: t('table.customers') },
                { value: 'spend', label: t('rfm.meanSpend') },
              ]}
            />
            <Heat cells={data.cells} measure={measure} />
          </>
        )}
      </Loaded>
    </Card>
  );
}

function Heat({ cells, measure }: { cells: readonly RfmCell[]; measure: Measure }) {
  const { t } = useI18n();
  const of = (cell: RfmCell) => (measure === 'customers' ? cell.customers : cell.meanSpendMinor);
  const most = Math.max(1, ...cells.map(of));
  const at = new Map(cells.map((cell) => [`${cell.r}${cell.f}`, cell]));
  return (
    <table className="heat">
      <caption className="hidden">{t('rfm.title')}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span className="hidden">{t('rfm.f')}</span>
          </th>
          {SCORES.map((r) => (
            <th key={r} scope="col">
              <span className="hidden">{t('rfm.r')}</span> {r}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {[...SCORES].reverse().map((f) => (
          <tr key={f}>
            <th scope="row">
              <span className="hidden">{t('rfm.f')}</span> {f}
            </th>
            {SCORES.map((r) => (
              <HeatCell
                key={r}
                cell={at.get(`${r}${f}`)}
                measure={measure}
                share={of(at.get(`${r}${f}`) ?? NONE) / most}
              />
            ))}
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <td />
          <td colSpan={5} className="small soft">
            {t('rfm.axes')}
          </td>
        </tr>
      </tfoot>
    </table>
  );
}

const NONE: RfmCell = { r: 0, f: 0, customers: 0, meanSpendMinor: 0, segment: null };

function HeatCell({ cell, measure, share }: { cell: RfmCell | undefined; measure: Measure; share: number }) {
  const { t } = useI18n();
  const { format, segmentName } = useShop();
  if (cell === undefined || cell.customers === 0) return <td className="heat-none">·</td>;
  const segment = cell.segment === null ? '' : segmentName(cell.segment);
  const words = measure === 'customers' ? format.short(cell.customers) : format.moneyShort(cell.meanSpendMinor);
  const label = t('rfm.cell', {
    r: cell.r,
    f: cell.f,
    segment,
    n: cell.customers,
    spend: format.money(cell.meanSpendMinor),
  });
  return (
    <td>
      <PeopleLink to={{ r: cell.r, f: cell.f }} label={label} className="heat-cell">
        <span style={shade(share)}>
          {words}
          <small>{segment}</small>
        </span>
      </PeopleLink>
    </td>
  );
}
