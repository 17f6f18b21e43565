/** The frame of a page and of its cards: headings, lead and actions in the same places everywhere. */
import { Popover } from 'antd';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { useI18n } from '../i18n/index.tsx';
import { href } from '../router.ts';
import { Icon } from './icons.tsx';

interface PageProps {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly back?: { readonly to: string; readonly label: string };
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

let first = true;

/** A page: sets the document's title and moves the focus to the heading when the reader comes from another page. */
export function Page({ title, lead, back, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Tierwise`;
  }, [title]);
  useEffect(() => {
    window.scrollTo(0, 0);
    if (!first) heading.current?.focus({ preventScroll: true });
    first = false;
  }, []);
  return (
    <>
      <div className="page-head">
        <div className="page-title">
          {back === undefined ? null : (
            <a className="back" href={href(back.to)}>
              <Icon name="left" size={14} />
              {back.label}
            </a>
          )}
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead === undefined ? null : <p className="lead">{lead}</p>}
        </div>
        {actions === undefined ? null : <div className="page-actions">{actions}</div>}
      </div>
      {children}
    </>
  );
}

interface CardProps {
  readonly title?: string;
  readonly hint?: string;
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A section with a heading of its own. */
export function Card({ title, hint, note, actions, className = '', children }: CardProps) {
  const id = useId();
  return (
    <section className={`card ${className}`} aria-labelledby={title === undefined ? undefined : id}>
      {title === undefined ? null : (
        <div className="card-head">
          <div>
            <h2 id={id}>
              {title}
              {hint === undefined ? null : <Hint label={title}>{hint}</Hint>}
            </h2>
            {note === undefined ? null : <p className="soft small">{note}</p>}
          </div>
          {actions === undefined ? null : <div className="card-actions">{actions}</div>}
        </div>
      )}
      {children}
    </section>
  );
}

/** A small question mark that explains a word, by pointer, touch or keyboard. */
export function Hint({ label, children }: { label: string; children: ReactNode }) {
  const { t } = useI18n();
  return (
    <Popover content={<div className="hint-text">{children}</div>} trigger={['click']}>
      <button type="button" className="hint" aria-label={t('hint.about', { what: label })}>
        ?
      </button>
    </Popover>
  );
}

/** A list of label and value pairs. */
export function Facts({ items }: { items: readonly (readonly [label: ReactNode, value: ReactNode])[] }) {
  return (
    <dl className="facts">
      {items.map(([label, value], place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list is fixed and never reordered
        <div key={place}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
