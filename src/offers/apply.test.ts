// Aim: offers at the till take whole minor units, stack and stop at floors as said, and equal an oracle in BigInt.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, random, split } from '#kernels/random.ts';
import { applyOffers } from './apply.ts';
import type { Cart } from './cart.ts';
import { costOf, marginCheck, reachCost } from './cost.ts';
import { DENIALS } from './denials.ts';
import { OFFER_KINDS, type Offer, type OfferKind, parseOffer } from './offer.ts';

const NOW = 1_750_000_000_000;
const cart = (...prices: readonly (readonly [price: number, cost: number, category?: string])[]): Cart => ({
  currency: 'CNY',
  lines: prices.map(([priceMinor, costMinor, category = 'Tea'], i) => ({
    productId: `P${i}`,
    category,
    priceMinor,
    costMinor,
  })),
});
const apply = (offers: readonly object[], goods: Cart) => applyOffers(offers.map(parseOffer), goods, NOW);

test('a percentage rounds down once for all lines, an amount stops at the price', () => {
  const goods = cart([333, 100], [333, 100], [333, 100]);
  const ten = apply([{ percentOff: 10 }], goods);
  assert.deepEqual([ten.offers[0]!.discountMinor, ten.linesMinor, ten.goodsMinor], [99, [300, 300, 300], 900]);
  assert.equal(ten.marginMinor, 600);
  assert.equal(apply([{ amountOffMinor: 5000 }], goods).goodsMinor, 0);
  assert.equal(apply([{ percentOff: 12.5 }], cart([801, 0])).offers[0]!.discountMinor, 100);
  assert.equal(apply([{ percentOff: 1 }], cart([99, 0])).offers[0]!.denied, 'takes-nothing');
});

test('nothing is sold below the floor: percentages are cut line by line, amounts go to lines that bear them', () => {
  const goods = cart([1000, 900], [1000, 100]);
  const off = apply([{ percentOff: 30, marginFloorShare: 0 }], goods);
  assert.deepEqual(off.linesMinor, [900, 700]);
  assert.deepEqual([off.offers[0]!.discountMinor, off.offers[0]!.isCut], [400, true]);
  assert.deepEqual(apply([{ amountOffMinor: 600, marginFloorShare: 0 }], goods).linesMinor, [900, 500]);
  assert.deepEqual(
    apply([{ percentOff: 30, marginFloorShare: 0.5 }], cart([1000, 600])).offers[0]!.denied,
    'margin-floor',
  );
  const gift = { kind: 'gift', gift: { productId: 'MUG', unitCostMinor: 500 }, marginFloorShare: 0.1 };
  assert.equal(apply([gift], cart([1000, 500])).offers[0]!.denied, 'margin-floor');
  assert.equal(apply([gift], cart([1000, 400])).marginMinor, 100);
  assert.equal(apply([{ percentOff: 30 }], cart([1000, 900])).marginMinor, -200, 'without a floor it may lose');
});

test('the floor of an offer that was accepted binds those after it', () => {
  const first = { percentOff: 10, marginFloorShare: 0.2, stacksWith: ['discount'] };
  const second = { kind: 'discount', percentOff: 50, stacksWith: ['coupon'] };
  const both = apply([first, second], cart([1000, 600]));
  assert.deepEqual(
    both.offers.map((own) => own.discountMinor),
    [100, 150],
  );
  assert.equal(both.goodsMinor, 750);
});

test('two offers count together only if both say so; messages go with everything', () => {
  const coupon = { percentOff: 10, stacksWith: ['free-shipping'] };
  const shipping = { kind: 'free-shipping', shippingCostMinor: 800, stacksWith: ['coupon'] };
  const alone = { kind: 'discount', percentOff: 5, stacksWith: ['coupon'] };
  const both = apply([coupon, shipping, alone, { kind: 'message' }], { ...cart([1000, 300]), shippingMinor: 500 });
  assert.deepEqual(
    both.offers.map((own) => own.denied),
    [undefined, undefined, 'stacking', undefined],
  );
  assert.deepEqual([both.offers[1]!.shippingMinor, both.marginMinor], [500, 900 - 300 - 500]);
});

test('scope, least spend, time, channel and currency decide whether an offer counts, and each says so', () => {
  const denied = (offer: object, goods = cart([1000, 0, 'Tea > Green'], [500, 0, 'Cups'])) =>
    apply([offer], goods).offers[0]!.denied;
  assert.equal(denied({ percentOff: 10, scope: { categories: ['Tea'] }, minSpendMinor: 1001 }), 'min-spend');
  assert.equal(denied({ percentOff: 10, scope: { categories: ['Tea'] }, minSpendMinor: 1000 }), undefined);
  assert.equal(denied({ percentOff: 10, scope: { categories: ['Te'] } }), 'out-of-scope');
  assert.equal(denied({ percentOff: 10, scope: { products: ['P1'] } }), undefined);
  assert.equal(denied({ percentOff: 10, currency: 'USD' }), 'currency');
  assert.equal(denied({ percentOff: 10, validFrom: NOW + 1 }), 'not-yet');
  assert.equal(denied({ percentOff: 10, validTo: NOW }), 'over');
  assert.equal(denied({ percentOff: 10, channel: 'app' }, { ...cart([1000, 0]), channel: 'web' }), 'channel');
  assert.equal(denied({ percentOff: 10 }, cart()), 'out-of-scope');
  for (const words of Object.values(DENIALS)) assert.ok(words.en.length > 5 && /[\u4e00-\u9fff]/.test(words.zh));
});

test('each kind asks for its own fields and refuses those of others; old coupons stay as they were', () => {
  assert.deepEqual(parseOffer({ percentOff: 10 }), {
    kind: 'coupon',
    percentOff: 10,
    minSpendMinor: 0,
    contactCostMinor: 0,
  });
  const refused = (input: object, message: RegExp) =>
    assert.throws(() => parseOffer(input), { code: 'CAMPAIGN_INVALID', message });
  refused({ kind: 'gift' }, /offer\.gift/);
  refused({ kind: 'gift', gift: { productId: 'A', unitCostMinor: 1 }, percentOff: 5 }, /kind gift/);
  refused({ kind: 'points', points: { costShare: 0.5 } }, /worthMinor or percentBack/);
  refused({ kind: 'points', points: { worthMinor: 5, costShare: 1.5 } }, /costShare/);
  refused({ kind: 'nothing', contactCostMinor: 1 }, /nothing is offered/);
  refused({ percentOff: 10, marginFloorShare: 1 }, /marginFloorShare/);
  refused({ percentOff: 10, validFrom: 5, validTo: 5 }, /validTo/);
  refused({ amountOffMinor: 2 ** 53 }, /amountOffMinor/);
  refused({ percentOff: Number.NaN }, /percentOff/);
  refused({ percentOff: 10, perPerson: 0 }, /perPerson/);
  refused({ kind: 'lottery' }, /kind/);
});

test('money that cannot be counted exactly is refused', () => {
  for (const price of [-1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])
    assert.throws(() => apply([{ percentOff: 10 }], cart([price, 0])), { code: 'MONEY_INVALID' }, String(price));
  const most = Number.MAX_SAFE_INTEGER;
  assert.throws(() => apply([{ percentOff: 10 }], cart([most, 0], [1, 0])), { code: 'MONEY_INVALID' });
  assert.equal(apply([{ percentOff: 10 }], cart([most, 0])).offers[0]!.discountMinor, Number(BigInt(most) / 10n));
});

test('what an offer costs: reach always, use as often as it is used', () => {
  const offer = parseOffer({ percentOff: 20, contactCostMinor: 30, redeemedShare: 0.25 });
  const cost = costOf(offer, cart([999, 500]));
  assert.deepEqual(cost, {
    reachMinor: 30,
    usedMinor: 199,
    expectedMinor: 30 + 50,
    marginBeforeMinor: 499,
    marginUsedMinor: 499 - 199 - 30,
    marginExpectedMinor: 499 - 80,
    isCut: false,
  });
  assert.equal(
    reachCost(
      parseOffer({
        kind: 'ad',
        ad: { shows: 20, thousandShowsCostMinor: 2500, clickShare: 0.02, clickCostMinor: 100 },
      }),
    ),
    90,
  );
  const points = parseOffer({ kind: 'points', points: { percentBack: 5, costShare: 0.7 } });
  assert.deepEqual([costOf(points, cart([999, 0])).usedMinor, costOf(points, cart([999, 0])).denied], [35, undefined]);
  const check = marginCheck(parseOffer({ percentOff: 30 }), [cart([1000, 800]), cart([1000, 100]), cart([1000, 1100])]);
  assert.deepEqual([check.usable, check.loses, check.usedMinor], [3, 1, 900], 'what loses anyway is not counted');
});

const smaller = (a: bigint, b: bigint): bigint => [a, b].sort((x, y) => Number(x - y))[0]!;

/** The same rules in BigInt, with shares as fractions of a million and no floats. */
function oracle(offers: readonly Offer[], goods: Cart): { left: bigint[]; denied: boolean[]; margin: bigint } {
  const M = 1_000_000n;
  const big = (value: number) => BigInt(value);
  const part = (share: number) => BigInt(Math.round(share * 1e6));
  const left = goods.lines.map((line) => big(line.priceMinor));
  const costs = goods.lines.map((line) => big(line.costMinor));
  const sum = (values: readonly bigint[]) => values.reduce((a, b) => a + b, 0n);
  const up = (a: bigint, b: bigint) => (a + b - 1n) / b;
  const accepted: Offer[] = [];
  let given = 0n;
  const denied = offers.map((offer): boolean => {
    const free = (kind: OfferKind) => kind === 'ad' || kind === 'message' || kind === 'nothing';
    const clash = accepted.some(
      (other) =>
        !free(other.kind) &&
        !free(offer.kind) &&
        !(other.stacksWith?.includes(offer.kind) && offer.stacksWith?.includes(other.kind)),
    );
    const spend = sum(left);
    if (clash || spend < big(offer.minSpendMinor)) return true;
    const floors = [...accepted, offer].flatMap((own) =>
      own.marginFloorShare === undefined ? [] : [part(own.marginFloorShare)],
    );
    const floor = floors.length === 0 ? undefined : floors.sort((a, b) => Number(b - a))[0];
    const least = (cost: bigint) => (floor === undefined ? 0n : up(cost * M, M - floor));
    const room = (paid: bigint, cost: bigint) => (paid > least(cost) ? paid - least(cost) : 0n);
    if (offer.percentOff !== undefined || offer.amountOffMinor !== undefined) {
      const asked =
        offer.percentOff === undefined
          ? smaller(big(offer.amountOffMinor!), spend)
          : (spend * part(offer.percentOff / 100)) / M;
      if (asked === 0n) return true;
      const rooms = left.map((own, i) => (floor === undefined ? own : room(own, costs[i]!)));
      let so = 0n;
      const parts = left.map((own, i) => {
        const [from, to] = [so, so + own];
        so = to;
        const share = (asked * to) / spend - (asked * from) / spend;
        return smaller(share, rooms[i]!);
      });
      if (offer.percentOff === undefined)
        for (let i = 0; i < parts.length; i++) {
          const missing = asked - sum(parts);
          const more = smaller(rooms[i]! - parts[i]!, missing);
          parts[i]! += more;
        }
      const all = floor === undefined ? spend : room(spend, sum(costs) + given);
      const total = sum(parts);
      if (total > all) {
        let seen = 0n;
        for (let i = 0; i < parts.length; i++) {
          const own = parts[i]!;
          parts[i] = (all * (seen + own)) / total - (all * seen) / total;
          seen += own;
        }
      }
      if (sum(parts) === 0n) return true;
      for (const [i, own] of parts.entries()) left[i]! -= own;
    } else {
      const worth = offer.points?.percentBack === undefined ? 0n : (spend * part(offer.points.percentBack / 100)) / M;
      const cost =
        offer.kind === 'gift'
          ? big(offer.gift!.unitCostMinor)
          : offer.kind === 'points'
            ? up(worth * part(offer.points!.costShare), M)
            : offer.kind === 'free-shipping'
              ? big(offer.shippingCostMinor!)
              : 0n;
      if (!free(offer.kind) && floor !== undefined && spend < least(sum(costs) + given + cost)) return true;
      if ((offer.kind === 'points' && worth === 0n) || (offer.kind === 'free-shipping' && cost === 0n)) return true;
      given += cost;
    }
    accepted.push(offer);
    return false;
  });
  return { left, denied, margin: sum(left) - sum(costs) - given };
}

function anyOffer(draw: Random): Offer {
  const kind = OFFER_KINDS[draw.integer(OFFER_KINDS.length)]!;
  const isOff = kind === 'coupon' || kind === 'discount';
  const own: Record<string, object> = {
    points: { points: { percentBack: 1 + draw.integer(2000) / 100, costShare: draw.integer(101) / 100 } },
    gift: { gift: { productId: 'G', unitCostMinor: draw.integer(3000) } },
    'free-shipping': { shippingCostMinor: draw.integer(1500) },
    ad: { ad: { shows: 3, thousandShowsCostMinor: 900 } },
  };
  return parseOffer({
    kind,
    ...(isOff
      ? draw.uniform() < 0.5
        ? { percentOff: (1 + draw.integer(10_000)) / 100 }
        : { amountOffMinor: 1 + draw.integer(6000) }
      : (own[kind] ?? {})),
    ...(draw.uniform() < 0.5 ? { marginFloorShare: draw.integer(90) / 100 } : {}),
    ...(draw.uniform() < 0.3 ? { minSpendMinor: draw.integer(8000) } : {}),
    stacksWith: draw.uniform() < 0.8 ? [...OFFER_KINDS] : [],
  });
}

test('3,000 random carts with up to four offers equal the oracle in BigInt, and no floor is ever broken', () => {
  let [used, cut] = [0, 0];
  for (let k = 0; k < 3000; k++) {
    const draw = random(split(7, 'cart', k));
    const big = draw.uniform() < 0.1 ? 2 ** 49 : 5000;
    const lines = Array.from({ length: 1 + draw.integer(4) }, () => {
      const price = Math.floor(draw.uniform() * big);
      return [price, Math.floor(price * draw.uniform() * 1.1)] as const;
    });
    const goods = cart(...lines);
    const offers = Array.from({ length: 1 + draw.integer(4) }, () => anyOffer(draw));
    const found = applyOffers(offers, goods, NOW);
    const expected = oracle(offers, goods);
    assert.deepEqual(found.linesMinor.map(BigInt), expected.left, `cart ${k}`);
    assert.deepEqual(
      found.offers.map((own) => own.denied !== undefined),
      expected.denied,
      `cart ${k}`,
    );
    assert.equal(BigInt(found.marginMinor), expected.margin, `cart ${k}`);
    for (const { denied, offer, discountMinor, isCut } of found.offers) {
      if (denied !== undefined || offer.marginFloorShare === undefined || discountMinor === 0) continue;
      used++;
      if (isCut) cut++;
      assert.ok(found.marginMinor >= offer.marginFloorShare * found.goodsMinor - 1e-6 * found.goodsMinor, `cart ${k}`);
    }
  }
  assert.ok(used > 300 && cut > 100, `${used} with a floor, ${cut} cut`);
});
