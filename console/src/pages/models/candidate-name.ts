/** What a candidate of the choice is called: its family, and the number that tells it from its siblings. */
import { isKey, useI18n } from '../../i18n/index.tsx';

export function useCandidateName(): (name: string) => string {
  const { t } = useI18n();
  return (name) => {
    const [, family = name, n = ''] = /^(.*?)-(\d+)$/.exec(name) ?? [];
    const key = `candidate.${family}`;
    return isKey(key) ? t(key, { n: Number(n) }) : name;
  };
}
