/** One customer's life in the shop, from hidden truth to rows. */
import { random, split } from '#kernels/random.ts';
import { cupboard } from './basket.ts';
import { type Books, CHANNELS, GENDERS, INCOMES, MEMBERS } from './books.ts';
import { browse, diary } from './browsing.ts';
import { dayStart, momentOf } from './calendar.ts';
import { wishes } from './choice.ts';
import { isUntidy, note } from './dirt.ts';
import { type Person, placeOrder, type Stage } from './orders.ts';
import { type Subject, subject } from './outlook.ts';
import { planOrders } from './past-effects.ts';
import { drawPath } from './path.ts';
import { drawPersona, type Persona } from './persona.ts';

/** Writes the rows of customer `index`; returns what is truly so about them. */
export function live(stage: Stage, index: number, id: string): Subject {
  const { world, campaigns, books, truth } = stage;
  const persona = drawPersona(world.seed, index);
  const path = drawPath(world, persona);
  const wish = wishes(world, persona, stage.buffer);
  const about = subject(world, persona, path, wish);
  const to = diary(books, index, dayStart(world.calendar.endDay), random(split(world.seed, 'diary', index)));
  const planned = planOrders(world, about, id, campaigns, books, to, truth);
  const person: Person = {
    stage,
    persona,
    wish,
    to,
    home: cupboard(),
    seq: 0,
    reviews: 0,
    lastAt: 0,
    firstAt: Number.POSITIVE_INFINITY,
    guest: false,
  };
  for (const order of planned) placeOrder(person, order);
  browse(world, persona, path, wish, to);
  const seenAt = momentOf(path.arrivalDay, persona.arrival[1], persona.arrival[0]);
  const untidy = isUntidy(world, index);
  if (untidy) note(books, 'customers', 'trimmed');
  register(books, persona, Math.min(seenAt, person.firstAt - 5_400_000), untidy);
  return about;
}

/** Guests who come by once: a few for each hundred orders, tied to the same index. */
export function passBy({ world, books, campaigns, truth, buffer }: Stage, index: number): void {
  const draw = random(split(world.seed, 'guests', index));
  const count = draw.poisson(0.11);
  const { startDay, endDay } = world.calendar;
  const to = diary(books, index, dayStart(endDay), random(split(world.seed, 'guest diary', index)));
  for (let k = 0; k < count; k++) {
    const persona = drawPersona(world.seed, index * 16 + k, 'guest');
    const wish = wishes(world, persona, buffer);
    const stage = { world, books, campaigns, truth, buffer };
    const nobody = { ...persona, index, reviewChance: 0, couponHabit: 0 };
    const person: Person = {
      ...{ stage, persona: nobody, wish, to, home: cupboard(), reviews: 0, lastAt: 0, firstAt: 0 },
      seq: 10 * k,
      guest: true,
    };
    placeOrder(person, { day: startDay + draw.integer(endDay - startDay), key: 5000 + k, ...ANYWAY });
  }
}

const ANYWAY = { redeems: false, dropped: false, extra: false } as const;

const orMissing = (flag: boolean | null): number => (flag === null ? Number.NaN : flag ? 1 : 0);
const codeIn = (list: readonly string[], value: string | null): number =>
  value === null ? Number.NaN : list.indexOf(value);

function register(into: Books, { index, traits, language }: Persona, seenAt: number, untidy: boolean): void {
  into.rows.customers.add(
    index,
    seenAt,
    traits.age,
    codeIn(GENDERS, traits.gender),
    traits.city,
    codeIn(INCOMES, traits.incomeBand),
    codeIn(MEMBERS, traits.memberLevel),
    traits.household,
    language === 'zh' ? 1 : 0,
    orMissing(traits.consentMarketing),
    orMissing(traits.consentPersonal),
    codeIn(CHANNELS, traits.channel),
    untidy ? 1 : 0,
  );
}
