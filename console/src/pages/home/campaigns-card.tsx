/** The newest campaigns and what each is expected to bring or has brought. */
import type { CampaignSummary } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Card } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { href, pathOf } from '../../router.ts';
import { useShop } from '../../shop.tsx';

export function RecentCampaigns({ campaigns }: { campaigns: readonly CampaignSummary[] }) {
  const { t } = useI18n();
  const { format } = useShop();
  return (
    <Card title={t('home.campaigns')} actions={<a href={href('/campaigns')}>{t('home.campaigns.all')}</a>}>
      {campaigns.length === 0 ? (
        <Empty title={t('campaigns.empty')} action={<a href={href('/campaigns/new')}>{t('campaigns.new')}</a>} />
      ) : null}
      <ul className="lines">
        {campaigns.map((each) => (
          <li key={each.campaignId}>
            <div>
              <a href={href(pathOf('campaigns', each.campaignId))}>{each.name}</a>
              <p className="soft small">
                {t(`campaign.status.${each.status}`)}
                {` · ${t('count.offers', { n: each.offered })}`}
              </p>
            </div>
            <div className="lines-number">
              <span className={profitOf(each) < 0 ? 'bad' : undefined}>{format.moneyShort(profitOf(each))}</span>
              <p className="soft small">
                {each.measuredProfitMinor === null ? t('campaign.expectedProfit') : t('campaign.measuredProfit')}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}

const profitOf = (each: CampaignSummary): number => each.measuredProfitMinor ?? each.expectedProfitMinor;
