/** For an address that no page answers to. */
import { useI18n } from '../i18n/index.tsx';
import { Page } from '../parts/page.tsx';
import { Empty } from '../parts/states.tsx';
import { href } from '../router.ts';

export default function MissingPage() {
  const { t } = useI18n();
  return (
    <Page title={t('missing.title')}>
      <Empty title={t('missing.text')} action={<a href={href('/')}>{t('missing.home')}</a>} />
    </Page>
  );
}
