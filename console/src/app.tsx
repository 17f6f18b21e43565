/** The whole console: providers, the frame around every page, and which page a route shows. Pages load when first opened. */
import { ConfigProvider, type ConfigProviderProps } from 'antd';
import { type ComponentType, lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { Boundary } from './boundary.tsx';
import { I18nProvider, useI18n } from './i18n/index.tsx';
import { Failed, Waiting } from './parts/states.tsx';
import { RangeProvider } from './range.tsx';
import { type Route, useRoute } from './router.ts';
import { Drawer } from './shell/drawer.tsx';
import { Header, LanguageSwitch } from './shell/header.tsx';
import { Brand, Navigation, ShopNote } from './shell/navigation.tsx';
import { ShopProvider } from './shop.tsx';
import { antdTheme } from './theme.ts';

const HomePage = lazy(() => import('./pages/home/home-page.tsx'));
const CustomersPage = lazy(() => import('./pages/customers/customers-page.tsx'));
const ProfilePage = lazy(() => import('./pages/profile/profile-page.tsx'));
const TiersPage = lazy(() => import('./pages/tiers/tiers-page.tsx'));
const RecommenderPage = lazy(() => import('./pages/recommender/recommender-page.tsx'));
const ProductPage = lazy(() => import('./pages/recommender/product-page.tsx'));
const CampaignsPage = lazy(() => import('./pages/campaigns/campaigns-page.tsx'));
const CampaignPage = lazy(() => import('./pages/campaigns/campaign-page.tsx'));
const NewCampaignPage = lazy(() => import('./pages/campaigns/new-campaign-page.tsx'));
const AllocationPage = lazy(() => import('./pages/allocation/allocation-page.tsx'));
const ModelsPage = lazy(() => import('./pages/models/models-page.tsx'));
const QualityPage = lazy(() => import('./pages/quality/quality-page.tsx'));
const ExperimentsPage = lazy(() => import('./pages/experiments/experiments-page.tsx'));
const ExperimentPage = lazy(() => import('./pages/experiments/experiment-page.tsx'));
const NewExperimentPage = lazy(() => import('./pages/experiments/new-experiment-page.tsx'));
const RoiPage = lazy(() => import('./pages/roi/roi-page.tsx'));
const RoiCampaignPage = lazy(() => import('./pages/roi/roi-campaign-page.tsx'));
const SegmentsPage = lazy(() => import('./pages/segments/segments-page.tsx'));
const SegmentPage = lazy(() => import('./pages/segments/segment-page.tsx'));
const OffersPage = lazy(() => import('./pages/offers/offers-page.tsx'));
const OfferPage = lazy(() => import('./pages/offers/offer-page.tsx'));
const PoolPage = lazy(() => import('./pages/offers/pool-page.tsx'));
const MissingPage = lazy(() => import('./pages/missing-page.tsx'));

interface Shown {
  readonly Page: ComponentType<{ id: string }>;
  readonly id: string;
}

const LISTS: Readonly<Record<string, ComponentType<{ id: string }>>> = {
  '': HomePage,
  customers: CustomersPage,
  tiers: TiersPage,
  recommender: RecommenderPage,
  products: RecommenderPage,
  campaigns: CampaignsPage,
  roi: RoiPage,
  experiments: ExperimentsPage,
  allocation: AllocationPage,
  models: ModelsPage,
  quality: QualityPage,
  segments: SegmentsPage,
  offers: OffersPage,
  pools: OffersPage,
};

const SINGLES: Readonly<Record<string, ComponentType<{ id: string }>>> = {
  customers: ProfilePage,
  products: ProductPage,
  campaigns: CampaignPage,
  roi: RoiCampaignPage,
  segments: SegmentPage,
  offers: OfferPage,
  pools: PoolPage,
  experiments: ExperimentPage,
};

function pageOf({ segments: [name = '', id, ...rest] }: Route): Shown {
  if (rest.length > 0) return { Page: MissingPage, id: '' };
  if (id === undefined) return { Page: LISTS[name] ?? MissingPage, id: '' };
  if (name === 'experiments' && id === 'new') return { Page: NewExperimentPage, id: '' };
  if (name === 'campaigns' && id === 'new') return { Page: NewCampaignPage, id: '' };
  return { Page: SINGLES[name] ?? MissingPage, id };
}

type AntLocale = NonNullable<ConfigProviderProps['locale']>;

/** antd speaks English by itself; its Chinese comes when asked for. The file is CommonJS, whose default bundlers wrap once or twice. */
async function chinese(): Promise<AntLocale> {
  const { default: loaded } = await import('antd/locale/zh_CN.js');
  return 'default' in loaded ? loaded.default : loaded;
}

function useAntLocale(): { locale?: AntLocale } {
  const { language } = useI18n();
  const [loaded, setLoaded] = useState<AntLocale>();
  useEffect(() => {
    if (language === 'zh') void chinese().then(setLoaded);
  }, [language]);
  return language === 'zh' && loaded !== undefined ? { locale: loaded } : {};
}

export function App() {
  return (
    <I18nProvider>
      <Themed />
    </I18nProvider>
  );
}

function Themed() {
  const locale = useAntLocale();
  const theme = useMemo(antdTheme, []);
  return (
    <ConfigProvider {...locale} theme={theme}>
      <ShopProvider
        fallback={({ error, reload }) => (
          <main className="alone">
            <LanguageSwitch />
            {error === undefined ? <Waiting rows={6} /> : <Failed error={error} retry={reload} />}
          </main>
        )}
      >
        <RangeProvider>
          <Frame />
        </RangeProvider>
      </ShopProvider>
    </ConfigProvider>
  );
}

function Frame() {
  const { t } = useI18n();
  const route = useRoute();
  const [menu, setMenu] = useState(false);
  const { Page, id } = pageOf(route);
  return (
    <div className="frame">
      <button type="button" className="skip" onClick={() => document.getElementById('main')?.focus()}>
        {t('nav.skip')}
      </button>
      <div className="side">
        <Brand />
        <Navigation />
        <ShopNote />
      </div>
      <Drawer open={menu} onClose={() => setMenu(false)}>
        <Navigation onGo={() => setMenu(false)} />
        <ShopNote />
      </Drawer>
      <div className="body">
        <Header onMenu={() => setMenu(true)} />
        <main id="main" tabIndex={-1}>
          <Boundary key={route.path}>
            <Suspense fallback={<Waiting rows={8} />}>
              <Page key={id} id={id} />
            </Suspense>
          </Boundary>
        </main>
      </div>
    </div>
  );
}
