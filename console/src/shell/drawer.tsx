/** The navigation of small screens: a modal dialog at the left edge; Escape and a click beside it close it. */
import { type ReactNode, useEffect, useRef } from 'react';
import { useI18n } from '../i18n/index.tsx';
import { Icon } from '../parts/icons.tsx';
import { Brand } from './navigation.tsx';

export function Drawer({ open, onClose, children }: { open: boolean; onClose: () => void; children: ReactNode }) {
  const { t } = useI18n();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the dialog closes by Escape on its own
    <dialog
      ref={dialog}
      className="drawer"
      aria-label={t('nav.label')}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div className="drawer-body">
        <div className="drawer-head">
          <Brand />
          <button type="button" className="drawer-close" onClick={onClose} aria-label={t('nav.close')}>
            <Icon name="close" />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
