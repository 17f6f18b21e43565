/** Small imports for tests: files given as text, in a folder of their own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Compute, openDuckdb, type Row } from '#engines/index.ts';
import { importShop } from './import.ts';
import { parseMapping } from './mapping.ts';
import type { ImportReport } from './report.ts';

export interface Tiny {
  readonly compute: Compute;
  readonly dir: string;
  /** Writes the files and imports them; the mapping may leave `shop` out. */
  load(files: Readonly<Record<string, string | Uint8Array>>, mapping: string, now?: number): Promise<ImportReport>;
  rows<R = Row>(sql: string): Promise<R[]>;
  close(): Promise<void>;
}

const SHOP = 'shop: { name: Tiny, currency: USD, timeZone: UTC }\n';
export const NOW = Date.UTC(2025, 0, 1);

export async function tiny(): Promise<Tiny> {
  const compute = await openDuckdb();
  const dir = mkdtempSync(join(tmpdir(), 'tierwise-tiny-'));
  return {
    ...{ compute, dir },
    load: async (files, mapping, now = NOW) => {
      const data = join(dir, 'data');
      rmSync(data, { recursive: true, force: true });
      mkdirSync(data);
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(data, name)), { recursive: true });
        writeFileSync(join(data, name), content);
      }
      const full = mapping.includes('shop:') ? mapping : SHOP + mapping;
      const out = { lakeDir: join(dir, 'lake'), quarantineDir: join(dir, 'quarantine') };
      return importShop(compute, parseMapping(full, 'tierwise.yaml'), data, { now, ...out });
    },
    rows: (sql) => compute.rows(sql),
    close: async () => {
      await compute.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Order lines in a CSV with the plainest columns. */
export const ORDERS = `tables:
  order_lines:
    - file: orders.csv
      columns:
        order_id: order
        customer_id: customer
        product_id: product
        ordered_at: { column: time, time: iso }
        quantity: quantity
        paid: { column: paid, money: major }
`;
