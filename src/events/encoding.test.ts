// Aim: one table in any encoding and with any line ends gives one import; what cannot be told is refused, with its row.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { judge } from './encoding.ts';
import { ORDERS, type Tiny, tiny } from './tiny-import.ts';

let shop: Tiny;
before(async () => {
  shop = await tiny();
});
after(() => shop.close());

/** GB18030 by inverting the decoder over all its one- and two-byte sequences; GBK is its two-byte part. */
const TO_GBK = new Map<string, Uint8Array>();
{
  const decoder = new TextDecoder('gb18030', { fatal: true });
  for (let a = 0x81; a <= 0xfe; a++)
    for (let b = 0x40; b <= 0xfe; b++) {
      if (b === 0x7f) continue;
      try {
        const bytes = Uint8Array.of(a, b);
        const text = decoder.decode(bytes);
        if (!TO_GBK.has(text)) TO_GBK.set(text, bytes);
      } catch {}
    }
}

function gbk(text: string): Uint8Array {
  const parts: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    parts.push(...(code < 0x80 ? [code] : (TO_GBK.get(character) ?? assert.fail(`no GBK for ${character}`))));
  }
  return Uint8Array.from(parts);
}

function utf16(text: string, isBig: boolean, mark: boolean): Uint8Array {
  const bytes = Buffer.from((mark ? '\uFEFF' : '') + text, 'utf16le');
  return isBig ? bytes.swap16() : bytes;
}

/** 𠮷 is outside the two-byte part: four bytes of GB18030. */
const FOUR = Uint8Array.of(0x95, 0x34, 0xb2, 0x35);
const fourByte = (text: string): Uint8Array =>
  Buffer.concat(text.split('𠮷').flatMap((part, i) => (i === 0 ? [gbk(part)] : [FOUR, gbk(part)])));

const ENCODINGS: Readonly<Record<string, (text: string) => Uint8Array>> = {
  'utf-8': (text) => Buffer.from(text),
  'utf-8 with mark': (text) => Buffer.from(`\uFEFF${text}`),
  'utf-16le': (text) => utf16(text, false, true),
  'utf-16be': (text) => utf16(text, true, true),
  'utf-16le without mark': (text) => utf16(text, false, false),
  gbk,
};

const HEAD = 'order,customer,product,time,quantity,paid\n';
const cell = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const WORDS = [
  '北京的客户',
  '上海，浦东',
  '茶叶 100克',
  '"红"灯笼',
  '第一行\n第二行',
  'plain',
  '的一是在人有我他这中大',
  '手机,壳',
];

async function loaded(bytes: Uint8Array, encoding?: string): Promise<{ rows: unknown; encoding: string | undefined }> {
  const report = await shop.load(
    { 'orders.csv': bytes },
    encoding === undefined ? ORDERS : ORDERS.replace('orders.csv', `orders.csv\n      encoding: ${encoding}`),
  );
  const source = report.tables.find((table) => table.name === 'order_lines')!.sources[0]!;
  return { rows: await shop.rows('from order_lines order by order_id, line'), encoding: source.encoding };
}

test('encodings and line ends give identical imports', async () => {
  const row = fc.record({
    customer: fc.constantFrom(...WORDS),
    product: fc.constantFrom(...WORDS),
    paid: fc.integer({ min: 0, max: 1e6 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 12 }), fc.boolean(), async (rows, hasEnd) => {
      // Enough Chinese for the encoding to be told by its bytes.
      const all = [
        ...rows,
        { customer: WORDS[6]!, product: WORDS[6]!, paid: 1 },
        { customer: WORDS[0]!, product: WORDS[6]!, paid: 2 },
      ];
      const lines = all.map(({ customer, product, paid }, i) =>
        [
          `${100000000000000000n + BigInt(i)}`,
          cell(customer),
          cell(product),
          '2024-02-03 04:05:06',
          '2',
          (paid / 100).toFixed(2),
        ].join(','),
      );
      const text = HEAD + lines.join('\n') + (hasEnd ? '\n' : '');
      const expected = (await loaded(Buffer.from(text))).rows;
      for (const [name, encode] of Object.entries(ENCODINGS))
        for (const end of ['\n', '\r\n']) {
          const got = await loaded(encode(text.replaceAll('\n', end)));
          assert.deepEqual(got.rows, expected, `${name} ${JSON.stringify(end)}`);
          assert.equal(got.encoding, name.split(' ')[0]);
        }
    }),
    { seed: 11, numRuns: 1 },
  );
});

test('GB18030 with characters of four bytes', async () => {
  const text = `${HEAD}1,的一是在人有我他这中大和国𠮷野家,茶,2024-01-01,1,3.00\n`;
  const got = await loaded(fourByte(text));
  assert.equal(got.encoding, 'gb18030');
  assert.deepEqual(got.rows, (await loaded(Buffer.from(text))).rows);
});

test('carriage returns alone end rows too', async () => {
  const text = `${HEAD}1,a,p,2024-01-01,1,3.00\n2,b,"q\nr",2024-01-01,1,4.00\n`;
  const expected = (await loaded(Buffer.from(text))).rows;
  assert.deepEqual((await loaded(Buffer.from(text.replaceAll('\n', '\r').replace('q\rr', 'q\nr')))).rows, expected);
});

const foreign = (bytes: readonly number[]): Uint8Array => Buffer.concat([Buffer.from(HEAD), Uint8Array.from(bytes)]);

test('Latin-1 and Korean text are not taken for Chinese', async () => {
  const latin = Buffer.from('1,Café Müller für Señor Ångström, naïve déjà vu,2024-01-01,1,2\n'.repeat(20), 'latin1');
  await assert.rejects(() => loaded(foreign([...latin])), /orders\.csv row 2: the encoding cannot be told/);
  const korean = [
    0xb0, 0xa1, 0xb3, 0xaa, 0xb4, 0xd9, 0xb6, 0xf3, 0xb8, 0xb6, 0xb9, 0xd9, 0xbb, 0xe7, 0xbe, 0xc6, 0xc0, 0xda, 0xc2,
    0xf7, 0xc4, 0xab, 0xc5, 0xb8, 0xc6, 0xc4, 0xc7, 0xcf,
  ];
  await assert.rejects(() => loaded(foreign([0x31, 0x2c, ...korean, 0x0a])), /cannot be told/);
});

test('one Chinese name is too little evidence; stating the encoding is enough', async () => {
  const bytes = gbk(`${HEAD}1,李,茶,2024-01-01,1,3.00\n`);
  await assert.rejects(() => loaded(bytes), /row 2: the encoding cannot be told: .*of 2 Han characters/);
  assert.deepEqual(
    (await loaded(bytes, 'gbk')).rows,
    (await loaded(Buffer.from(`${HEAD}1,李,茶,2024-01-01,1,3.00\n`))).rows,
  );
});

test('bytes that do not fit the stated encoding are refused with their row', async () => {
  const text = Buffer.from(`${HEAD}1,a,b,2024-01-01,1,3.00\n2,李,b,2024-01-01,1,3.00\n`);
  const broken = Buffer.concat([text, Uint8Array.of(0x33, 0x2c, 0xff, 0x0a)]);
  await assert.rejects(() => loaded(broken, 'utf-8'), /orders\.csv row 4: bytes ff 0a are not utf-8/);
  await assert.rejects(() => loaded(broken, 'gb18030'), /row 3: bytes 8e 2c 62 2c are not gb18030/);
  await assert.rejects(() => loaded(utf16(HEAD, false, true), 'utf-8'), /byte order mark says utf-16le/);
});

test('a file of zero bytes is no text', () => {
  const verdict = judge({ head: new Uint8Array(64), isUtf8: true, hasNul: true, foreign: new Uint8Array() });
  assert.equal(verdict.encoding, undefined);
});
