/** Whether the result may be believed: the draw, who is missing, who was in two arms, and what was taken off. */
import type { ReactNode } from 'react';
import { useI18n } from '../../i18n/index.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Card, Facts } from '../../parts/page.tsx';
import { useShop } from '../../shop.tsx';
import { useMetrics } from './metric.ts';
import type { Report } from './types.ts';

export function HealthTab({ report }: { report: Report }) {
  const { t } = useI18n();
  const { format } = useShop();
  const { name, value, p } = useMetrics();
  const { srm, missing, contaminated, rows, covariate, winsorized } = report;
  const share = rows.read === 0 ? 0 : contaminated / rows.read;
  const arms = Object.entries(srm.members).map(([arm, members], k) => ({
    arm,
    members,
    expected: srm.expected[k] ?? 0,
  }));
  const columns: Column<(typeof arms)[number]>[] = [
    { key: 'arm', title: t('table.arm'), cell: (row) => row.arm },
    { key: 'members', title: t('xp.members'), numeric: true, cell: (row) => format.count(row.members) },
    { key: 'expected', title: t('xp.expected'), numeric: true, cell: (row) => format.decimal(row.expected, 1) },
    {
      key: 'off',
      title: t('xp.off'),
      numeric: true,
      cell: (row) => (row.expected === 0 ? '–' : format.percent(row.members / row.expected - 1, 1)),
    },
  ];
  return (
    <div className="grid">
      <Card title={t('xp.srm')} hint={t('xp.srm.hint')} className="w7">
        <p>
          <Sign ok={srm.ok}>{t(srm.ok ? 'xp.srm.ok' : 'xp.srm.bad', { p: p(srm.pValue) })}</Sign>
        </p>
        <DataTable dense caption={t('xp.srm')} columns={columns} rows={arms} rowKey={(row) => row.arm} />
      </Card>
      <Card title={t('xp.health')} className="w5">
        <Facts
          items={[
            [
              t('xp.contamination'),
              <Sign key="c" ok={share <= 0.01}>
                {t('xp.contamination.count', { n: contaminated, share: format.percent(share, 1) })}
              </Sign>,
            ],
            [
              t('xp.missing'),
              <Sign key="m" ok={missing.ok}>
                {`${format.percent(missing.share, 1)} (${t('xp.p')} ${p(missing.pValue)})`}
              </Sign>,
            ],
            ...(rows.withoutTime === undefined || rows.withoutTime === 0
              ? []
              : [[t('xp.afterData'), format.count(rows.withoutTime)] as const]),
            [
              t('xp.cuped'),
              covariate === null
                ? t('xp.cuped.none')
                : t('xp.cuped.gain', {
                    share: format.percent(covariate.varianceReduction, 1),
                    members: format.percent(1 / (1 - covariate.varianceReduction) - 1, 1),
                  }),
            ],
            [
              t('xp.capping'),
              winsorized === null
                ? t('xp.capping.none')
                : t('xp.capping.count', {
                    n: winsorized.values,
                    at: value(report.metrics[0]?.name ?? '', winsorized.at),
                  }),
            ],
          ]}
        />
        <p className="small soft">
          {report.metrics
            .filter((metric) => metric.covariate !== null)
            .map((metric) => `${name(metric.name)}: ${format.percent(metric.covariate?.varianceReduction ?? 0, 1)}`)
            .join(' · ')}
        </p>
      </Card>
    </div>
  );
}

function Sign({ ok, children }: { ok: boolean; children: ReactNode }) {
  return <span className={ok ? 'chip yes' : 'chip no'}>{children}</span>;
}
