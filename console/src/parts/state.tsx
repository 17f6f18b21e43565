/** The state of a customer in their life with the shop, as a name beside its colour. */
import { useI18n } from '../i18n/index.tsx';
import { useShop } from '../shop.tsx';
import { stateColour } from '../theme.ts';

export function StateBadge({ state, big = false }: { state: string | null; big?: boolean }) {
  const { pick } = useI18n();
  const { shop, stateName } = useShop();
  if (state === null) return <span>–</span>;
  const about = shop.states.find(({ key }) => key === state)?.about;
  return (
    <span className={big ? 'tier tier-big' : 'tier'} title={about === undefined ? undefined : pick(about)}>
      <span className="dot" style={{ background: stateColour(state) }} aria-hidden="true" />
      {stateName(state)}
    </span>
  );
}
