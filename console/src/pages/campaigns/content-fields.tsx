/** What the message of an offer says, in both languages. */
import { Input } from 'antd';
import { useId } from 'react';
import { useI18n } from '../../i18n/index.tsx';
import { Hint } from '../../parts/page.tsx';
import type { DraftOffer } from './draft.ts';

type Both = DraftOffer['content'];

export function ContentFields({ content, onChange }: { content: Both; onChange: (content: Both) => void }) {
  const { t } = useI18n();
  return (
    <fieldset className="group content-fields" aria-label={t('wizard.content')}>
      <span className="field-label">
        {t('wizard.content')}
        <Hint label={t('wizard.content')}>{t('wizard.content.hint')}</Hint>
      </span>
      <div className="content-sides">
        {(['zh', 'en'] as const).map((language) => (
          <Side
            key={language}
            language={language}
            content={content[language]}
            onChange={(side) => onChange({ ...content, [language]: side })}
          />
        ))}
      </div>
    </fieldset>
  );
}

interface SideProps {
  readonly language: 'en' | 'zh';
  readonly content: Both['en'];
  onChange(content: Both['en']): void;
}

function Side({ language, content, onChange }: SideProps) {
  const { t } = useI18n();
  const id = useId();
  const name = t(`wizard.content.${language}`);
  return (
    <div className="stack content-side">
      <div className="filter">
        <label htmlFor={`${id}t`}>
          {t('wizard.content.title')} · {name}
        </label>
        <Input
          id={`${id}t`}
          lang={language}
          maxLength={200}
          value={content.title}
          onChange={(event) => onChange({ ...content, title: event.target.value })}
        />
      </div>
      <div className="filter">
        <label htmlFor={`${id}x`}>
          {t('wizard.content.text')} · {name}
        </label>
        <Input.TextArea
          id={`${id}x`}
          lang={language}
          maxLength={4000}
          autoSize={{ minRows: 2, maxRows: 8 }}
          value={content.text}
          onChange={(event) => onChange({ ...content, text: event.target.value })}
        />
      </div>
    </div>
  );
}
