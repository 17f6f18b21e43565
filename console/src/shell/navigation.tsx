/** The left navigation: the pages, with the present one marked. On a phone it opens as a drawer. */
import { useI18n } from '../i18n/index.tsx';
import { Icon, type IconName } from '../parts/icons.tsx';
import { href, useRoute } from '../router.ts';
import { useShop } from '../shop.tsx';

/** By what one comes for: who the customers are, what to do, whether it paid, how the house is. */
const GROUPS = [
  {
    key: 'nav.group.customers',
    pages: [
      { path: '/', icon: 'home', key: 'nav.home' },
      { path: '/customers', icon: 'customers', key: 'nav.customers' },
      { path: '/tiers', icon: 'tiers', key: 'nav.tiers' },
      { path: '/segments', icon: 'segments', key: 'nav.segments' },
    ],
  },
  {
    key: 'nav.group.actions',
    pages: [
      { path: '/recommender', icon: 'recommender', key: 'nav.recommender' },
      { path: '/offers', icon: 'gift', key: 'nav.offers' },
      { path: '/allocation', icon: 'allocation', key: 'nav.allocation' },
      { path: '/campaigns', icon: 'campaigns', key: 'nav.campaigns' },
    ],
  },
  {
    key: 'nav.group.results',
    pages: [
      { path: '/experiments', icon: 'experiments', key: 'nav.experiments' },
      { path: '/roi', icon: 'roi', key: 'nav.roi' },
    ],
  },
  {
    key: 'nav.group.house',
    pages: [
      { path: '/models', icon: 'models', key: 'nav.models' },
      { path: '/quality', icon: 'quality', key: 'nav.quality' },
    ],
  },
] as const satisfies readonly {
  key: string;
  pages: readonly { path: string; icon: IconName; key: string }[];
}[];

/** Pages without an entry of their own belong to one that has. */
const BELONGS: Readonly<Record<string, string>> = { products: '/recommender', pools: '/offers' };

export function Navigation({ onGo }: { onGo?: () => void }) {
  const { t } = useI18n();
  const { segments } = useRoute();
  const first = segments[0] ?? '';
  const here = BELONGS[first] ?? `/${first}`;
  return (
    <nav className="nav" aria-label={t('nav.label')}>
      {GROUPS.map(({ key: group, pages }) => (
        <div className="nav-group" key={group}>
          <h2>{t(group)}</h2>
          <ul>
            {pages.map(({ path, icon, key }) => (
              <li key={path}>
                <a href={href(path)} aria-current={here === path ? 'page' : undefined} onClick={onGo}>
                  <Icon name={icon} />
                  {t(key)}
                </a>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

export function Brand() {
  return (
    <a className="brand" href={href('/')}>
      <img src="./favicon.svg" alt="" width={26} height={26} />
      Tierwise
    </a>
  );
}

/** The foot of the navigation: which shop, and until when its data reaches. */
export function ShopNote() {
  const { t } = useI18n();
  const { shop, format } = useShop();
  return (
    <div className="shop-note">
      <p>{t('shop.counts', { customers: format.short(shop.customers), products: format.short(shop.products) })}</p>
      <p>{t('shop.zone', { zone: shop.timeZone, currency: shop.currency })}</p>
      <p>
        <a href="docs">{t('shop.api')}</a>
      </p>
    </div>
  );
}
