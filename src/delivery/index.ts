export { AUDIENCE_LEAST, type Audience, type AudienceOptions, audienceOf } from './audience.ts';
export { type CampaignMessage, campaignDelivery, tryOut } from './campaigns.ts';
export { type Channel, type FailureKind, type Outgoing, SendFailure } from './channels/channel.ts';
export { channelsOf } from './channels/make.ts';
export { LEASE_MS, type Watch } from './checks.ts';
export { type DeliverCounts, type DeliverOptions, deliver } from './deliver.ts';
export { type CampaignNow, STOPS, type Stop } from './gate.ts';
export { FIELD_NAMES, type Message, namesIn, PURPOSES, type Purpose, parseMessage, type Words } from './message.ts';
export { type Pending, pending } from './on-site.ts';
export {
  type Enqueued,
  type KillSwitch,
  type MessageState,
  type Outbox,
  openOutbox,
  type Sending,
  STATES,
} from './outbox.ts';
export { type MessageView, type OutboxCounts, outboxCounts, outboxPage } from './page.ts';
export { isZone, type PeopleNow, type Person, peopleOf } from './person.ts';
export { isQuiet, minutesOf, nextAllowed, type QuietHours } from './quiet-hours.ts';
export { type DeliverySettings, KEPT, parseSettings, withoutSecrets } from './settings.ts';
export { type Rendered, renderedOf } from './template.ts';
