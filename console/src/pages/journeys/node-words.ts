/** What a node says on the canvas: its kind, and the part that matters. */
import type { I18n } from '../../i18n/index.tsx';
import type { JourneyNode } from './journey-types.ts';

export function durationOf(minutes: number, t: I18n['t']): string {
  if (minutes % 1440 === 0) return t('journey.days', { n: minutes / 1440 });
  return minutes % 60 === 0 ? t('journey.hours', { n: minutes / 60 }) : t('journey.minutes', { n: minutes });
}

/** The second line of a node. */
export function aboutOf(node: JourneyNode, { t, pick }: Pick<I18n, 't' | 'pick'>): string {
  switch (node.kind) {
    case 'entry': {
      const { kind, event = '', without = '', minutes = 0 } = node.on ?? { kind: 'event' as const };
      if (kind === 'event') return event;
      if (kind === 'event-without') return t('journey.about.without', { event, without, time: durationOf(minutes, t) });
      return t(kind === 'once' ? 'journey.on.once' : 'journey.on.segment');
    }
    case 'wait':
      return [
        node.minutes === undefined ? '' : durationOf(node.minutes, t),
        node.until === undefined ? '' : t('journey.about.until', { time: node.until }),
      ]
        .filter(Boolean)
        .join(' · ');
    case 'wait-event':
      return t('journey.about.event', { event: node.event ?? '', time: durationOf(node.minutes ?? 0, t) });
    case 'split-random':
      return (node.branches ?? []).map(({ share = 0 }) => `${Math.round(share * 100)}%`).join(' / ');
    case 'split-score':
      return `${node.field} ≥ ${(node.branches ?? []).map(({ atLeast }) => atLeast).join(' / ')}`;
    case 'offer':
      return node.offerId ?? '';
    case 'message': {
      const { en, zh } = node.words ?? {};
      const [english, chinese] = [en?.subject ?? en?.body ?? '', zh?.subject ?? zh?.body ?? ''];
      return pick({ en: english || chinese, zh: chinese || english });
    }
    case 'webhook':
      return node.channel ?? '';
    case 'goal':
      return t('journey.about.goal', { event: node.event ?? '', n: node.days ?? 30 });
    case 'split-condition':
    case 'exit':
      return '';
    default:
      return node.kind satisfies never;
  }
}
