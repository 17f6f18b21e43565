/** The verdict with its reasons, and the decision of a person. */
import { Button, Input, Select } from 'antd';
import { useId, useState } from 'react';
import { useActor } from '../../actor.ts';
import type { Resource } from '../../api/resource.ts';
import { useI18n } from '../../i18n/index.tsx';
import { Card, Facts } from '../../parts/page.tsx';
import { Empty, Failed, Loaded } from '../../parts/states.tsx';
import { useShop } from '../../shop.tsx';
import { ActorInput } from './actor.tsx';
import { VerdictChip } from './chips.tsx';
import { pathTo } from './experiments-page.tsx';
import type { Detail, Kept, Report } from './types.ts';
import { useSend } from './use-send.ts';

interface DecisionProps {
  readonly detail: Detail;
  readonly results: Resource<Report>;
  readonly hasResults: boolean;
  readonly onChanged: () => void;
}

export function DecisionTab({ detail, results, hasResults, onChanged }: DecisionProps) {
  const { t, pick } = useI18n();
  const { experiment } = detail;
  return (
    <div className="grid">
      <Card title={t('xp.verdict')} hint={t('xp.verdict.hint')} className="w7">
        {hasResults ? (
          <Loaded from={results} rows={4}>
            {({ verdict }) => (
              <>
                <p className="xp-verdict">
                  <VerdictChip verdict={verdict} />
                </p>
                <ul className="xp-reasons">
                  {verdict.reasons.map((reason) => (
                    <li key={reason.code + reason.en}>{pick(reason)}</li>
                  ))}
                </ul>
              </>
            )}
          </Loaded>
        ) : (
          <Empty title={t('xp.noResults')}>{t('xp.noResultsFix')}</Empty>
        )}
      </Card>
      <Card title={t('xp.decision')} className="w5">
        {experiment === null ? (
          <p className="soft">{t('xp.decision.campaign')}</p>
        ) : experiment.decision !== null ? (
          <Decided experiment={experiment} />
        ) : experiment.status === 'draft' ? (
          <p className="soft">{t('xp.decision.draft')}</p>
        ) : (
          <Decide experiment={experiment} verdict={results.data?.verdict} onChanged={onChanged} />
        )}
      </Card>
    </div>
  );
}

function Decided({ experiment: { decision } }: { experiment: Kept }) {
  const { t } = useI18n();
  const { format } = useShop();
  if (decision === null) return null;
  return (
    <Facts
      items={[
        [
          t('xp.decision'),
          decision.verdict === 'ship'
            ? t('xp.decision.shipped', { arm: decision.arm ?? '' })
            : t('xp.decision.stopped'),
        ],
        [t('xp.decision.by'), decision.actor],
        [t('table.time'), format.date(decision.at)],
        [t('xp.note'), decision.note || '–'],
      ]}
    />
  );
}

interface DecideProps {
  readonly experiment: Kept;
  readonly verdict: Report['verdict'] | undefined;
  readonly onChanged: () => void;
}

function Decide({ experiment: { id, revision, plan }, verdict, onChanged }: DecideProps) {
  const { t } = useI18n();
  const { actor } = useActor();
  const { send, sending, failed } = useSend<Kept>(onChanged);
  const [arm, setArm] = useState(verdict?.arm ?? plan.arms[1]?.name ?? '');
  const [note, setNote] = useState('');
  const [armId, noteId] = [useId(), useId()];
  const blocked = verdict?.verdict === 'blocked';
  const decide = (what: 'ship' | 'stop') =>
    send('POST', `${pathTo(id)}/decision`, {
      ...{ actor: actor.trim(), revision, verdict: what, note },
      ...(what === 'ship' ? { arm } : {}),
    });
  return (
    <div className="stack">
      <div className="filter">
        <label htmlFor={armId}>{t('xp.decision.arm')}</label>
        <Select
          id={armId}
          value={arm}
          onChange={setArm}
          options={plan.arms.map(({ name }) => ({ value: name, label: name }))}
        />
      </div>
      <div className="filter">
        <label htmlFor={noteId}>{t('xp.note')}</label>
        <Input.TextArea
          id={noteId}
          rows={3}
          maxLength={2000}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
      </div>
      <ActorInput />
      {failed === undefined ? null : <Failed error={failed} />}
      <p className="xp-buttons">
        <Button
          type="primary"
          loading={sending}
          disabled={actor.trim() === '' || blocked}
          onClick={() => decide('ship')}
        >
          {t('xp.ship', { arm })}
        </Button>
        <Button danger loading={sending} disabled={actor.trim() === ''} onClick={() => decide('stop')}>
          {t('xp.stopForGood')}
        </Button>
      </p>
      {blocked ? <p className="small soft">{t('xp.ship.blocked')}</p> : null}
    </div>
  );
}
