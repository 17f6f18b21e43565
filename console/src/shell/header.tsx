/** The bar on top: the shop, the date range, the as-of date and the language. */
import { Button } from 'antd';
import type { Language } from '../format.ts';
import { useI18n } from '../i18n/index.tsx';
import { Icon } from '../parts/icons.tsx';
import { useRoute } from '../router.ts';
import { useShop } from '../shop.tsx';
import { RangePicker } from './range-picker.tsx';

/** Pages on which the date range changes something. */
function rangeApplies([page = '', id]: readonly string[]): boolean {
  return id === undefined && ['', 'customers', 'tiers'].includes(page);
}

export function Header({ onMenu }: { onMenu: () => void }) {
  const { t } = useI18n();
  const { segments } = useRoute();
  const { shop, format } = useShop();
  return (
    <header className="header">
      <Button
        className="menu"
        type="text"
        icon={<Icon name="menu" size={20} />}
        onClick={onMenu}
        aria-label={t('nav.open')}
      />
      <div className="shop">
        <span className="shop-name">{shop.name}</span>
        {shop.isDemo ? <span className="demo">{t('shop.demo')}</span> : null}
      </div>
      <span className="spring" />
      <span className="as-of" title={t('asOf.hint')}>
        {t('asOf', { date: format.date(shop.asOf) })}
      </span>
      <RangePicker applies={rangeApplies(segments)} />
      <LanguageSwitch />
    </header>
  );
}

const LANGUAGES: readonly { language: Language; short: string; name: string }[] = [
  { language: 'zh', short: '中文', name: '中文' },
  { language: 'en', short: 'EN', name: 'English' },
];

export function LanguageSwitch() {
  const { language, setLanguage, t } = useI18n();
  return (
    <fieldset className="group languages" aria-label={t('language.label')}>
      {LANGUAGES.map((each) => (
        <button
          key={each.language}
          type="button"
          lang={each.language}
          aria-label={each.name}
          aria-pressed={language === each.language}
          onClick={() => setLanguage(each.language)}
        >
          {each.short}
        </button>
      ))}
    </fieldset>
  );
}
