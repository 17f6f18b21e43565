/** Bars in HTML: one bar of shares, signed bars around a middle, and a bar with an interval. */
import type { ReactNode } from 'react';
import { href } from '../router.ts';

export interface Part {
  readonly key: string;
  readonly label: string;
  readonly value: number;
  readonly colour: string;
  /** Where a click goes; the label says the same. */
  readonly to?: string | undefined;
}

/** One bar cut into shares. Parts with a link are links; a part thinner than 7 % shows no text. */
export function ShareBar({ parts, label, height = 30 }: { parts: readonly Part[]; label: string; height?: number }) {
  const total = parts.reduce((sum, part) => sum + Math.max(0, part.value), 0);
  if (total === 0) return null;
  return (
    <fieldset className="group share-bar" aria-label={label} style={{ height }}>
      {parts.map((part) => {
        if (part.value <= 0) return null;
        const style = { flexGrow: part.value / total, background: part.colour };
        if (part.to === undefined)
          return (
            <span key={part.key} style={style} title={part.label}>
              <span className="hidden">{part.label}</span>
            </span>
          );
        return (
          <a key={part.key} href={href(part.to)} style={style} title={part.label}>
            <span className="hidden">{part.label}</span>
          </a>
        );
      })}
    </fieldset>
  );
}

/** A plain bar of `value` against `most`, with its text beside it. */
export function Bar(props: { value: number; most: number; colour?: string; children?: ReactNode }) {
  const { value, most, colour, children } = props;
  const width = most > 0 ? `${Math.max(0, Math.min(1, value / most)) * 100}%` : '0';
  return (
    <span className="bar">
      <span className="bar-track" aria-hidden="true">
        <span className="bar-fill" style={{ width, ...(colour === undefined ? {} : { background: colour }) }} />
      </span>
      {children === undefined ? null : <span className="bar-text">{children}</span>}
    </span>
  );
}

/** A bar to the right (raises) or to the left (lowers) of the middle; `most` is the largest size in the list. */
export function SignedBar({ value, most }: { value: number; most: number }) {
  const size = most > 0 ? Math.min(1, Math.abs(value) / most) * 50 : 0;
  const place = value >= 0 ? { left: '50%' } : { right: '50%' };
  return (
    <span className="signed" aria-hidden="true">
      <span
        className={value >= 0 ? 'signed-fill raises' : 'signed-fill lowers'}
        style={{ width: `${size}%`, ...place }}
      />
      <span className="signed-middle" />
    </span>
  );
}
