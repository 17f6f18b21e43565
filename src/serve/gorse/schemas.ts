/** What clients of the gorse API send; names are theirs. Fields that are not known are passed over, as there. */
import { z } from 'zod';
import { whole } from '../parameters.ts';

const id = z.string().min(1).max(300);
const comment = z.string().max(10_000).nullish();
const labels = z.unknown().optional();
/** ISO 8601, a date with a time after a space, or epoch seconds or milliseconds in digits; epoch ms. */
const when = z.string().transform((text, context) => {
  const at = momentIn(text.trim());
  if (at === undefined) {
    context.addIssue({ code: 'custom', message: `${JSON.stringify(text.slice(0, 40))} is no moment` });
    return z.NEVER;
  }
  return at;
});

/** `undefined` where the text is no moment between the years 1 and 9999. */
function momentIn(text: string): number | undefined | null {
  if (text === '') return null;
  const at = /^\d{10}$/.test(text) ? Number(text) * 1000 : /^\d{13}$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isFinite(at) || at > Date.UTC(9999, 0, 1)) return undefined;
  // The zero time of Go stands for none.
  return at < Date.UTC(1900, 0, 1) ? null : at;
}

const user = { Labels: labels, Comment: comment };
export const UserBody = z.object({ UserId: id, ...user });
export const UsersBody = z.array(UserBody).max(10_000);
export const UserPatchBody = z.object(user);

const item = {
  IsHidden: z.boolean().nullish(),
  Categories: z.array(z.string().max(300)).max(100).nullish(),
  Timestamp: when.nullish(),
  Labels: labels,
  Comment: comment,
};
export const ItemBody = z.object({ ItemId: id, ...item });
export const ItemsBody = z.array(ItemBody).max(10_000);
export const ItemPatchBody = z.object(item);

const feedback = { FeedbackType: id, UserId: id, ItemId: id };
export const FeedbackBody = z
  .array(z.object({ ...feedback, Value: z.number().nullish(), Timestamp: when.nullish(), Comment: comment }))
  .max(10_000);
export const SessionBody = z
  .array(z.object({ ItemId: id, FeedbackType: z.string().max(300).nullish(), Timestamp: when.nullish() }))
  .max(1000);

/** As in gorse lists have 10 rows where nobody says how many. */
const n = whole(0, 1000).default(10);
const cursor = z.string().max(4000).optional();
export const CursorQuery = z.object({ n, cursor, Cursor: cursor.describe('as gorsejs spells it') });
export const cursorOf = ({ cursor: own, Cursor }: z.infer<typeof CursorQuery>): string => own ?? Cursor ?? '';
export const SliceQuery = z.object({
  n,
  offset: whole(0, 1000).default(0),
  category: z.union([z.string().max(300), z.array(z.string().max(300)).max(10)]).optional(),
  'user-id': z.string().max(300).optional(),
});
export const RecommendSliceQuery = SliceQuery.extend({
  'write-back-type': z.string().max(300).optional(),
  'write-back-delay': z
    .string()
    .regex(/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$|^0$/, 'a duration such as 10s, 1h30m or 500ms')
    .max(100)
    .optional(),
});

const UNIT_MS: Readonly<Record<string, number>> = {
  ...{ ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 },
};

/** `1h30m` in milliseconds. */
export function durationMs(text: string): number {
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g))
    sum += Number(amount) * UNIT_MS[unit!]!;
  return Math.round(sum);
}

export const Params = {
  user: z.object({ user: id }),
  item: z.object({ item: id }),
  type: z.object({ type: id }),
  userItem: z.object({ user: id, item: id }),
  typed: z.object({ type: id, user: id, item: id }),
  userType: z.object({ user: id, type: id }),
  itemType: z.object({ item: id, type: id }),
  itemCategory: z.object({ item: id, category: z.string().min(1).max(300) }),
  named: z.object({ name: id }),
  namedItem: z.object({ name: id, item: id }),
};
