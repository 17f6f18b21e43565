/** Tiers as the reader meets them everywhere: a badge, and links to the people of a group. */
import type { ReactNode } from 'react';
import { href, type Query } from '../router.ts';
import { useShop } from '../shop.tsx';

/** The tier's name beside its colour; the name carries the meaning, the colour only helps. */
export function TierBadge({ tier, big = false }: { tier: string | null; big?: boolean }) {
  const { tierName, tierColour } = useShop();
  return (
    <span className={big ? 'tier tier-big' : 'tier'}>
      <span className="dot" style={{ background: tierColour(tier) }} aria-hidden="true" />
      {tierName(tier)}
    </span>
  );
}

/** A link to the customers whom a filter holds. */
export function PeopleLink(props: { to: Query; label?: string | undefined; className?: string; children: ReactNode }) {
  const { to, label, className = 'people', children } = props;
  return (
    <a className={className} href={href('/customers', to)} aria-label={label} title={label}>
      {children}
    </a>
  );
}
