// Aim: an exported cell is never a formula, loses nothing, and reads back as it was.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { csvChunks, csvLine, majorUnits, neutralised } from './csv.ts';

const BLANK = /^[\s\u200b-\u200f\u2060\u00ad\u180e]*/;
const FORMULA = /^[=+\-@＝＋－＠﹦﹢﹣﹫]/;

/** A plain reader of RFC 4180, for one line. */
function read(line: string): string[] {
  const cells: string[] = [];
  let i = 0;
  do {
    let cell = '';
    if (line[i] === '"') {
      for (i++; !(line[i] === '"' && line[i + 1] !== '"'); i++) {
        if (line[i] === '"') i++;
        cell += line[i];
      }
      i++;
    } else for (; i < line.length && line[i] !== ',' && !line.startsWith('\r\n', i); i++) cell += line[i];
    cells.push(cell);
  } while (line[i++] === ',');
  return cells;
}

test('known dangerous cells', () => {
  for (const [from, to] of [
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-2', "'-2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\tabc', "'\tabc"],
    ['\rabc', "'\rabc"],
    ['＝1', "'＝1"],
    ['－1', "'－1"],
    ['  =1', "'  =1"],
    ['\u00a0=1', "'\u00a0=1"],
    ['\u3000＠x', "'\u3000＠x"],
    ['a\n=1', "a\n'=1"],
    ['a\r\n =1', "a\r\n' =1"],
    ['\ufeff=1', "'\ufeff=1"],
    ['a=b', 'a=b'],
    ['绿茶 - 茶', '绿茶 - 茶'],
    ['', ''],
  ] as const)
    assert.equal(neutralised(from), to);
});

const nasty = fc.string({
  unit: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...'=+-@\t\r\n ,"\'a\u00a0\u3000\u200b＝＋－＠\u2028') },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
  ),
  maxLength: 12,
});

test('no line of a cell begins a formula, and without the added apostrophes the text is as it was', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const safe = neutralised(text);
      for (const line of safe.split(/[\r\n\u2028\u2029\u0085\v\f]/))
        assert.doesNotMatch(line.replace(BLANK, ''), FORMULA);
      assert.doesNotMatch(safe, /^[\t\r]/);
      let at = 0;
      for (const char of safe)
        if (text.startsWith(char, at)) at += char.length;
        else assert.equal(char, "'");
      assert.equal(at, text.length);
    }),
    { seed: 11, numRuns: 2000 },
  );
});

test('a reader of RFC 4180 gets every neutralised cell back', () => {
  fc.assert(
    fc.property(fc.array(nasty, { minLength: 1, maxLength: 5 }), (cells) => {
      const line = csvLine(cells);
      assert.ok(line.endsWith('\r\n'));
      assert.deepEqual(read(line.slice(0, -2)), cells.map(neutralised));
    }),
    { seed: 12, numRuns: 1000 },
  );
});

test('money is moved by its digits, never rounded', () => {
  assert.equal(majorUnits(1234, 2), '12.34');
  assert.equal(majorUnits(-5, 2), '-0.05');
  assert.equal(majorUnits(0, 2), '0.00');
  assert.equal(majorUnits(1234, 0), '1234');
  assert.equal(majorUnits(7, 3), '0.007');
  assert.equal(majorUnits(null, 2), '');
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 4 }), (amount, digits) => {
      assert.equal(BigInt(majorUnits(amount, digits).replace('.', '')), BigInt(amount));
    }),
    { seed: 13 },
  );
});

test('numbers below zero stay numbers', async () => {
  async function* batches() {
    yield [{ amount: -5, text: '-5' }];
  }
  const columns = [
    { name: 'money', cell: (row: { amount: number }) => majorUnits(row.amount, 2), isNumeric: true as const },
    { name: 'text', cell: (row: { text: string }) => row.text },
  ];
  let file = '';
  for await (const chunk of csvChunks<{ amount: number; text: string }>(columns, batches())) file += chunk;
  assert.equal(file, "\ufeffmoney,text\r\n-0.05,'-5\r\n");
});
