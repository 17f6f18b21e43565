/** Delivery: the switch that stops everything, rules, channels, and the outbox with what stopped each message. */
import { forgetAnswers, useResource } from '../../api/resource.ts';
import { useI18n } from '../../i18n/index.tsx';
import { ActorField } from '../../parts/actor-field.tsx';
import { Card, Page } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { ChannelsCard } from './channels-card.tsx';
import type { Delivery } from './delivery-types.ts';
import { KillCard } from './kill-card.tsx';
import { OutboxCard } from './outbox-card.tsx';
import { RulesCard } from './rules-card.tsx';
import './delivery.css';

export default function DeliveryPage() {
  const { t } = useI18n();
  const resource = useResource<Delivery>('/delivery');
  const changed = () => {
    forgetAnswers();
    resource.reload();
  };
  return (
    <Page title={t('nav.delivery')} lead={t('delivery.lead')}>
      <Loaded from={resource} rows={12}>
        {(delivery) => (
          <div className="grid">
            <KillCard killSwitch={delivery.killSwitch} onChanged={changed} />
            <Card className="w4">
              <ActorField />
            </Card>
            <RulesCard key={delivery.version} delivery={delivery} onChanged={changed} />
            <ChannelsCard channels={delivery.channels} />
            <OutboxCard counts={delivery.counts} />
          </div>
        )}
      </Loaded>
    </Page>
  );
}
