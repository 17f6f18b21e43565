/** Why a customer has this tier, these items and this offer, in English and Chinese. */

import { type Compute, literal } from '#engines/index.ts';
import { known } from '#errors.ts';
import type { Command } from '../command.ts';
import { filledWorkspace, readingRun, text, withCompute } from '../values.ts';

interface Explained {
  readonly customer: string;
  readonly tier: {
    key: string;
    predicted: string | null;
    reasons: { en: string; zh: string; effect: number }[];
  } | null;
  readonly value: Record<string, number> | null;
  readonly recommendations: { rank: number; product: string; en: string; zh: string }[];
  readonly decisions: { decision: string; arm: string; en: string; zh: string }[];
  /** All reasons in one list; `of`: the tier, product or decision that is explained. */
  readonly reasons: { kind: 'tier' | 'item' | 'offer'; of: string; en: string; zh: string }[];
}

export const explain: Command = {
  name: 'explain',
  about: 'why this tier, item or offer: of a customer, or of a decision CAMPAIGN/CUSTOMER',
  words: 'CUSTOMER_OR_DECISION',
  options: { workspace: { type: 'text', value: 'DIR', about: 'a workspace that `run` has filled', required: true } },
  run: (values, words, context): Promise<Explained> => {
    const [asked] = words;
    if (asked === undefined || words.length > 1)
      throw known('USAGE', {
        what: `\`explain\` got ${words.length} words`,
        expected: 'one customer id, or CAMPAIGN/CUSTOMER',
      });
    const workspace = filledWorkspace(text(values, 'workspace'));
    const from = (name: string): string => `read_parquet(${literal(workspace.path('state', `${name}.parquet`))})`;
    const explained = async (compute: Compute): Promise<Explained> => {
      const decisions = await compute.rows<{
        campaign_id: string;
        customer_id: string;
        arm: string;
        reason_en: string;
        reason_zh: string;
      }>(
        `select campaign_id, customer_id, arm, reason_en, reason_zh from ${from('campaign_plan')} where customer_id = $id or campaign_id || '/' || customer_id = $id`,
        { id: asked },
      );
      const id = decisions[0]?.customer_id ?? asked;
      const [tier] = await compute.rows<{ tier: string; predicted_tier: string | null; reasons: string }>(
        `select tier, predicted_tier, reasons from ${from('customer_tiers')} where customer_id = $id`,
        { id },
      );
      const [profile] = await compute.rows(`select customer_id from ${from('profiles')} where customer_id = $id`, {
        id,
      });
      if (!profile) throw known('CUSTOMER_UNKNOWN', { id: asked });
      const [value] = await compute.rows<Record<string, number>>(
        `select * exclude (customer_id) from ${from('customer_values')} where customer_id = $id`,
        { id },
      );
      const items = await compute.rows<{ rank: number; product_id: string; reason_en: string; reason_zh: string }>(
        `select rank, product_id, reason_en, reason_zh from ${from('recommendations')} where customer_id = $id order by rank`,
        { id },
      );
      const why: Explained['tier'] = tier
        ? { key: tier.tier, predicted: tier.predicted_tier, reasons: JSON.parse(tier.reasons) }
        : null;
      const recommendations = items.map(({ rank, product_id: product, reason_en: en, reason_zh: zh }) => ({
        ...{ rank, product, en, zh },
      }));
      const chosen = decisions.map(({ campaign_id, customer_id, arm, reason_en: en, reason_zh: zh }) => ({
        ...{ decision: `${campaign_id}/${customer_id}`, arm, en, zh },
      }));
      const reasons: Explained['reasons'] = [
        ...(why?.reasons ?? []).map(({ en, zh }) => ({ kind: 'tier' as const, of: why!.key, en, zh })),
        ...recommendations.map(({ product, en, zh }) => ({ kind: 'item' as const, of: product, en, zh })),
        ...chosen.map(({ decision, en, zh }) => ({ kind: 'offer' as const, of: decision, en, zh })),
      ];
      return { customer: id, tier: why, value: value ?? null, recommendations, decisions: chosen, reasons };
    };
    return readingRun(workspace.dir, () => withCompute(values, context, explained));
  },
  show: ({ customer, tier, recommendations, decisions }: Explained) =>
    [
      `customer ${customer}`,
      tier ? `tier ${tier.key}, next period ${tier.predicted ?? '?'}` : 'no tier: no order yet',
      ...(tier?.reasons ?? []).map(({ en, zh }) => `  ${en}\n  ${zh}`),
      'recommended',
      ...recommendations.map(({ rank, product, en, zh }) => `  ${String(rank).padStart(2)} ${product}  ${en} / ${zh}`),
      'campaigns',
      ...decisions.map(({ decision, arm, en, zh }) => `  ${decision} ${arm}: ${en} / ${zh}`),
    ].join('\n'),
};
