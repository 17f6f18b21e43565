// Aim: a returned line names the order that it gives back: the latest earlier sale with enough left, and no sale is given back twice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { matchReturns } from './returns.ts';
import { ORDERS, type Tiny, tiny } from './tiny-import.ts';

let shop: Tiny;
before(async () => {
  shop = await tiny();
});
after(() => shop.close());

const MAPPING = ORDERS.replace(
  'columns:',
  'returns: [negative-quantity, { column: order, prefix: C }]\n      columns:',
);
const HEAD = 'order,customer,product,time,quantity,paid\n';

test('returns by sign and by prefix', async () => {
  const text = `${HEAD}1,a,x,2024-01-01,5,50
2,a,x,2024-01-03,1,10
C9,a,x,2024-01-04,-2,-20
C10,a,x,2024-01-05,1,10
11,a,x,2024-01-06,-3,-30
12,a,x,2024-01-07,-1,-10
13,b,x,2024-01-08,-1,-10
`;
  const report = await shop.load({ 'orders.csv': text }, MAPPING);
  assert.deepEqual(
    await shop.rows(
      `select order_id, quantity, paid, returns_order_id as "of" from order_lines where status = 'refunded' order by ordered_at`,
    ),
    [
      { order_id: 'C9', quantity: 2, paid: 2000, of: '1' },
      { order_id: 'C10', quantity: 1, paid: 1000, of: '2' },
      { order_id: '11', quantity: 3, paid: 3000, of: '1' },
      { order_id: '12', quantity: 1, paid: 1000, of: null },
      { order_id: '13', quantity: 1, paid: 1000, of: null },
    ],
  );
  assert.deepEqual(report.returns, { matched: 3, unmatched: 2 });
});

test('a return that names its order keeps it', async () => {
  const mapping = MAPPING.replace('order_id: order', 'order_id: order\n        returns_order_id: of');
  const text = `${HEAD.trim()},of\n1,a,x,2024-01-01,1,10,\n2,a,x,2024-01-02,1,10,\nC3,a,x,2024-01-03,-1,-10,1\n`;
  const report = await shop.load({ 'orders.csv': text }, mapping);
  assert.deepEqual(await shop.rows(`select returns_order_id as "of" from order_lines where status = 'refunded'`), [
    { of: '1' },
  ]);
  assert.deepEqual(report.returns, { matched: 1, unmatched: 0 });
});

interface Line {
  readonly group: number;
  readonly isReturn: boolean;
  readonly quantity: number;
}

/** Slow twin: for each return, every sale before it, the remainders counted anew. */
function slow(lines: readonly Line[]): number[] {
  const match: number[] = lines.map(() => -1);
  const left = (sale: number): number =>
    lines[sale]!.quantity - lines.reduce((sum, line, i) => sum + (match[i] === sale ? line.quantity : 0), 0);
  for (const [i, line] of lines.entries()) {
    if (!line.isReturn) continue;
    const sales = [...lines.keys()].filter((s) => s < i && !lines[s]!.isReturn && lines[s]!.group === line.group);
    match[i] = sales.filter((s) => left(s) >= line.quantity).at(-1) ?? -1;
  }
  return match;
}

test('matching equals the slow twin', () => {
  const line = fc.record({ group: fc.nat(3), isReturn: fc.boolean(), quantity: fc.integer({ min: 1, max: 5 }) });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 40 }), (made) => {
      const lines = made.toSorted((a, b) => a.group - b.group);
      const column = (pick: (line: Line) => number): Float64Array => Float64Array.from(lines, pick);
      const fast = matchReturns(
        column((l) => l.group),
        column((l) => Number(l.isReturn)),
        column((l) => l.quantity),
      );
      assert.deepEqual([...fast], slow(lines));
    }),
    { seed: 8, numRuns: 500 },
  );
});
