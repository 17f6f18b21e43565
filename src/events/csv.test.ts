// Aim: CSV is read exactly, as csv-spectrum's cases demand; rows of the wrong width are kept aside under their true numbers.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type Compute, openDuckdb } from '#engines/index.ts';
import { firstRecord } from './csv.ts';
import { BLANK, evened } from './line-ends.ts';
import { readRaw } from './raw.ts';

let compute: Compute;
let dir: string;
before(async () => {
  compute = await openDuckdb();
  dir = mkdtempSync(join(tmpdir(), 'tierwise-csv-'));
});
after(async () => {
  await compute.close();
  rmSync(dir, { recursive: true });
});

interface Got {
  readonly rows: readonly Record<string, string>[];
  readonly places: readonly number[];
  readonly rejects: readonly (readonly [number, string])[];
}

async function read(text: string | Uint8Array, name = 'a.csv', delimiter?: string): Promise<Got> {
  writeFileSync(join(dir, name), text);
  const asked = { dataDir: dir, scratch: dir, into: 'csv_test', firstFile: 0, table: 'order_lines' };
  const source = { file: name, columns: 'same' as const, repeated: 'keep' as const, delimiter };
  for await (const raw of readRaw(compute, source, asked)) {
    const found = await compute.rows<Record<string, string> & { _tw_row: number; _tw_file: number }>(
      `${raw.sql.includes('order by') ? raw.sql : `select * from (${raw.sql}) order by _tw_row`}`,
    );
    const places = found.map((row) => row._tw_row);
    const rows = found.map(({ _tw_row, _tw_file, ...row }) => row);
    for (const table of raw.tables) await compute.run(`drop table ${table}`);
    return { rows, places, rejects: raw.rejects.map(({ row, text: line }) => [row, line]) };
  }
  throw new Error('nothing was read');
}

const CASES: readonly (readonly [name: string, text: string, rows: readonly Record<string, string>[]])[] = [
  [
    'comma in quotes',
    'first,last,zip\nJohn,Doe,"Any, ID 08123"\n',
    [{ first: 'John', last: 'Doe', zip: 'Any, ID 08123' }],
  ],
  [
    'empty',
    'a,b,c\n1,"",""\n2,3,4\n',
    [
      { a: '1', b: '', c: '' },
      { a: '2', b: '3', c: '4' },
    ],
  ],
  [
    'empty, CRLF',
    'a,b,c\r\n1,"",""\r\n2,3,4\r\n',
    [
      { a: '1', b: '', c: '' },
      { a: '2', b: '3', c: '4' },
    ],
  ],
  [
    'escaped quotes',
    'a,b\n1,"ha ""ha"" ha"\n3,4\n',
    [
      { a: '1', b: 'ha "ha" ha' },
      { a: '3', b: '4' },
    ],
  ],
  [
    'JSON in a cell',
    'key,val\n1,"{""type"": ""Point"", ""at"": [102.0, 0.5]}"\n',
    [{ key: '1', val: '{"type": "Point", "at": [102.0, 0.5]}' }],
  ],
  [
    'newlines',
    'a,b,c\n1,2,3\n"Once upon \na time",5,6\n7,8,9\n',
    [
      { a: '1', b: '2', c: '3' },
      { a: 'Once upon \na time', b: '5', c: '6' },
      { a: '7', b: '8', c: '9' },
    ],
  ],
  [
    'newlines, CRLF',
    'a,b,c\r\n1,2,3\r\n"Once upon \r\na time",5,6\r\n',
    [
      { a: '1', b: '2', c: '3' },
      { a: 'Once upon \r\na time', b: '5', c: '6' },
    ],
  ],
  ['LF in a cell of a CRLF file', 'a,b\r\n"x\ny",1\r\n', [{ a: 'x\ny', b: '1' }]],
  [
    'quotes and newlines',
    'a,b\n1,"ha \n""ha"" \nha"\n3,4\n',
    [
      { a: '1', b: 'ha \n"ha" \nha' },
      { a: '3', b: '4' },
    ],
  ],
  ['simple, CRLF, no end', 'a,b\r\n1,2', [{ a: '1', b: '2' }]],
  [
    'utf-8',
    'a,b\n1,ʤ\n2,𠮷🎁\n',
    [
      { a: '1', b: 'ʤ' },
      { a: '2', b: '𠮷🎁' },
    ],
  ],
  [
    'mixed line ends',
    'a,b\n1,2\r\n3,4\r5,6\n',
    [
      { a: '1', b: '2' },
      { a: '3', b: '4' },
      { a: '5', b: '6' },
    ],
  ],
  [
    'a quote inside a cell',
    'a,b\r\n5" pipe,x\r\n7,"y"\n',
    [
      { a: '5" pipe', b: 'x' },
      { a: '7', b: 'y' },
    ],
  ],
];

for (const [name, text, rows] of CASES)
  test(`CSV: ${name}`, async () => {
    assert.deepEqual((await read(text)).rows, rows);
  });

test('TSV and another delimiter', async () => {
  assert.deepEqual((await read('a\tb\n1,5\t2\n', 'a.tsv')).rows, [{ a: '1,5', b: '2' }]);
  assert.deepEqual((await read('a;b\n1,5;2\n', 'b.csv', ';')).rows, [{ a: '1,5', b: '2' }]);
});

test('rows of the wrong width are set aside; rows keep the numbers a spreadsheet shows', async () => {
  const got = await read('a,b\n1,"x\ny"\nshort\n2,3\n1,2,3\n\n4,5\n"open,6\n');
  assert.deepEqual(got.places, [2, 4, 7]);
  assert.deepEqual(
    got.rejects.map(([row]) => row),
    [3, 5, 8],
  );
  assert.equal(got.rejects[0]![1], 'short');
});

test('row numbers are true in a file of many buffers', async () => {
  const rows = 120_000;
  const lines = Array.from({ length: rows }, (_, i) =>
    i % 10_007 === 5
      ? `${i},only`
      : i % 50_021 === 9
        ? `${i},"two\nlines ${'x'.repeat(30)}",c`
        : `${i},${'value '.repeat(6)},c`,
  );
  const got = await read(`id,text,c\n${lines.join('\n')}\n`);
  assert.equal(got.rows.length + got.rejects.length, rows);
  assert.ok(got.rows.every((row, i) => Number(row.id) + 2 === got.places[i]));
  assert.ok(got.rejects.every(([row, line]) => line.startsWith(`${row - 2},`)));
});

test('columns without a name or with the same one', async () => {
  assert.deepEqual((await read('a,,A\n1,2,3\n')).rows, [{ a: '1', 'column 2': '2', 'A (2)': '3' }]);
});

test('JSONL: digits are kept, broken lines set aside with their numbers', async () => {
  const text =
    '{"id":123456789012345678,"p":1.10,"o":{"a":[1]},"n":null}\n\nbroken\n[1]\n{"id":"x \\"y\\"","q":true}\n';
  const got = await read(text, 'a.jsonl');
  assert.deepEqual(got.rows, [
    { id: '123456789012345678', n: null, o: '{"a":[1]}', p: '1.1', q: null },
    { id: 'x "y"', n: null, o: null, p: null, q: 'true' },
  ]);
  assert.deepEqual(got.places, [1, 5]);
  assert.deepEqual(got.rejects, [
    [3, 'broken'],
    [4, '[1]'],
  ]);
});

/** Slow twin of `evened`: one pass over characters of the whole text. */
function slow(text: string): string {
  let out = '';
  let isQuoted = false;
  let record = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (isQuoted) {
      record += c;
      if (c === '"') {
        if (text[i + 1] === '"') record += text[++i];
        else isQuoted = false;
      }
    } else if (c === '\r' || c === '\n') {
      if (c === '\r' && text[i + 1] === '\n') i++;
      out += `${record === '' ? BLANK : record}\n`;
      record = '';
    } else {
      if (c === '"' && (record === '' || record.endsWith(','))) isQuoted = true;
      record += c;
    }
  }
  return out + record;
}

test('line ends are made even as by the slow twin, however the bytes are cut', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', '\r\n', '""'), maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), async (whole, size) => {
      const bytes = Buffer.from(whole);
      async function* chunks(): AsyncGenerator<Buffer> {
        for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
      }
      let got = '';
      for await (const part of evened(',')(chunks())) got += part.toString();
      assert.equal(got, slow(whole));
    }),
    { seed: 3, numRuns: 1000 },
  );
});

test('the first record', () => {
  assert.deepEqual(firstRecord('a, b ,"c ""d"", e"\nx', ','), ['a', 'b', 'c "d", e']);
  assert.equal(firstRecord('a,"b\n', ','), undefined);
});
