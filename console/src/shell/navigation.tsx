/** The left navigation: the pages, with the present one marked. On a phone it opens as a drawer. */
import { useI18n } from '../i18n/index.tsx';
import { Icon, type IconName } from '../parts/icons.tsx';
import { href, useRoute } from '../router.ts';
import { useShop } from '../shop.tsx';

const PAGES = [
  { path: '/', icon: 'home', key: 'nav.home' },
  { path: '/customers', icon: 'customers', key: 'nav.customers' },
  { path: '/tiers', icon: 'tiers', key: 'nav.tiers' },
  { path: '/recommender', icon: 'recommender', key: 'nav.recommender' },
  { path: '/segments', icon: 'segments', key: 'nav.segments' },
  { path: '/campaigns', icon: 'campaigns', key: 'nav.campaigns' },
  { path: '/experiments', icon: 'experiments', key: 'nav.experiments' },
  { path: '/roi', icon: 'roi', key: 'nav.roi' },
  { path: '/allocation', icon: 'allocation', key: 'nav.allocation' },
  { path: '/offers', icon: 'gift', key: 'nav.offers' },
  { path: '/models', icon: 'models', key: 'nav.models' },
  { path: '/quality', icon: 'quality', key: 'nav.quality' },
] as const satisfies readonly { path: string; icon: IconName; key: string }[];

/** Pages without an entry of their own belong to one that has. */
const BELONGS: Readonly<Record<string, string>> = { products: '/recommender', pools: '/offers' };

export function Navigation({ onGo }: { onGo?: () => void }) {
  const { t } = useI18n();
  const { segments } = useRoute();
  const first = segments[0] ?? '';
  const here = BELONGS[first] ?? `/${first}`;
  return (
    <nav className="nav" aria-label={t('nav.label')}>
      <ul>
        {PAGES.map(({ path, icon, key }) => (
          <li key={path}>
            <a href={href(path)} aria-current={here === path ? 'page' : undefined} onClick={onGo}>
              <Icon name={icon} />
              {t(key)}
            </a>
          </li>
        ))}
      </ul>
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
