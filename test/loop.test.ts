// Aim: the whole loop keeps its promises: the same results on one thread and on two, a workspace that a failed run
// leaves as it was, one writer at a time, and documents with the fields that scripts read.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Context, commands, main, silent } from '#cli/index.ts';
import { openDuckdb, openWorkspace } from '#engines/index.ts';
import { described, makeRecommender, readBundle } from '#recommend/index.ts';
import { xlsx } from '../src/events/tiny-xlsx.ts';
import { type Demo, makeDemo, NOW } from './demo.ts';

const CUSTOMERS = 500;

/** Every file below `dir` with the hash of its bytes. */
function contents(dir: string): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (at: string): void => {
    for (const name of readdirSync(at).sort()) {
      const path = join(at, name);
      if (statSync(path).isDirectory()) walk(path);
      else found[relative(dir, path)] = createHash('sha256').update(readFileSync(path)).digest('hex');
    }
  };
  walk(dir);
  return found;
}

async function tierwise(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const context: Context = {
    now: NOW,
    home: fileURLToPath(new URL('..', import.meta.url)),
    version: 'test',
    openCompute: (options) => openDuckdb({ threads: 2, ...options }),
    progress: silent,
    print: (text) => out.push(text),
  };
  const code = await main(args, commands, context, {
    result: (text) => out.push(text),
    error: (text) => err.push(text),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

const json = async (...args: string[]): Promise<Record<string, unknown>> => {
  const { code, out, err } = await tierwise(...args, '--json');
  assert.equal(code, 0, err);
  return JSON.parse(out) as Record<string, unknown>;
};

describe('the loop on a simulated shop', () => {
  let demo: Demo;
  before(async () => {
    demo = await makeDemo(CUSTOMERS);
  });
  after(() => demo?.remove());

  test('one thread and two make the same tables', async () => {
    const single = await makeDemo(CUSTOMERS, { threads: 1 });
    const compute = await openDuckdb();
    try {
      for (const file of readdirSync(join(demo.workspace, 'state'))) {
        if (!file.endsWith('.parquet')) {
          const [one, two] = [demo, single].map(({ workspace }) => readFileSync(join(workspace, 'state', file)));
          assert.ok(one?.equals(two ?? Buffer.alloc(0)), file);
          continue;
        }
        const [a, b] = [demo, single].map(({ workspace }) => `read_parquet('${join(workspace, 'state', file)}')`);
        const [row] = await compute.rows<{ n: number; differing: number }>(
          `select (select count(*) from ${a}) as n, (select count(*) from ((from ${a} except all from ${b}) union all (from ${b} except all from ${a}))) as differing`,
        );
        assert.equal(row!.differing, 0, file);
        assert.ok(row!.n > 0 || /^(tier_moves|segment_members|segment_history)\.parquet$/.test(file), file);
      }
    } finally {
      await compute.close();
      single.remove();
    }
  });

  test('the answers of the moment know everybody of the run; who may not be profiled gets the very same list', async () => {
    const { bundle, customerAt, forCustomer } = makeRecommender(
      await readBundle(join(demo.workspace, 'state', 'recommend.bundle')),
    );
    const compute = await openDuckdb();
    const rows = await compute.rows<{ id: string; strategy: string; list: [string, number, string, string, string][] }>(
      `select customer_id as id, any_value(strategy) as strategy, list([product_id, score::varchar, source, reason_en, reason_zh] order by rank) as list
       from read_parquet('${join(demo.workspace, 'state', 'recommendations.parquet')}') group by 1`,
    );
    await compute.close();
    assert.ok(rows.length >= CUSTOMERS);
    assert.ok(rows.some(({ strategy }) => strategy === 'popular'));
    for (const { id, strategy, list } of rows) {
      const customer = customerAt(id);
      const items = forCustomer(customer, { length: bundle.about.perCustomer });
      assert.equal(new Set(items.map(({ product }) => product)).size, list.length, id);
      if (strategy !== 'popular') continue;
      const own = described(bundle, items, bundle.customers.tier[customer] ?? -1);
      assert.deepEqual(
        own.map(({ productId, score, source, reason }) => [productId, score, source, reason.en, reason.zh]),
        list.map(([productId, score, ...rest]) => [productId, Number(score), ...rest]),
      );
    }
  });

  test('docs/workspace.md names every file and every column', async () => {
    const page = readFileSync(new URL('../docs/workspace.md', import.meta.url), 'utf8');
    const compute = await openDuckdb();
    try {
      for (const path of readdirSync(demo.workspace, { recursive: true, encoding: 'utf8' }).sort()) {
        const file = path.replaceAll('\\', '/');
        if (/^(models\/.*|quarantine\/.*|.*\.lock)$/.test(file) || !/\.\w+$/.test(file)) continue;
        const about = page.split('\n').find((line) => line.includes(`\`${file}\``));
        assert.ok(about !== undefined, `${file} is not in docs/workspace.md`);
        if (!file.endsWith('.parquet') || file.endsWith('_features.parquet')) continue;
        const columns = await compute.rows<{ column_name: string }>(
          `describe from read_parquet('${join(demo.workspace, file)}')`,
        );
        for (const { column_name: name } of columns)
          assert.ok(about.includes(`\`${name}\``), `${file}: column ${name} is not in docs/workspace.md`);
      }
    } finally {
      await compute.close();
    }
  });

  test('every row read is kept, repaired or quarantined', () => {
    const { read, kept, repaired, quarantined } = demo.report.rows;
    assert.equal(read, kept + repaired + quarantined);
    assert.ok(quarantined > 0, 'the simulated shop has planted faults');
  });

  test('the measured profit and the truth are both there, and the interval is honest about its width', () => {
    const report = JSON.parse(readFileSync(join(demo.workspace, 'reports', 'campaign.json'), 'utf8'));
    assert.ok(Number.isInteger(report.truth.incrementalProfitMinor));
    const [low, high] = report.measured.interval as [number, number];
    assert.ok(low < report.measured.incrementalProfitMinor && report.measured.incrementalProfitMinor < high);
    assert.ok(report.plan.costMinor <= report.plan.budgetMinor);
    assert.equal(report.measured.srm.ok, true);
  });

  test('run prints the fields that scripts read', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tierwise-run-'));
    try {
      const report = await json('run', '--workspace', dir, '--data', demo.data, '--seed', '5');
      assert.deepEqual(Object.keys(report.rows as object).sort(), ['kept', 'quarantined', 'read', 'repaired']);
      assert.ok(
        ['import', 'features', 'profiles', 'value', 'tiers', 'recommend', 'campaign', 'total'].every(
          (stage) => stage in (report.seconds as object),
        ),
      );
      assert.deepEqual(report.tiers, demo.report.tiers, 'same data, same seed, same tiers');
      assert.ok(Number(report.peakRssMb) > 0);
      assert.ok(report.quality !== undefined);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  test('features by both engines have one checksum', async () => {
    const [fast, slow] = [
      await json('features', '--workspace', demo.workspace),
      await json('features', '--workspace', demo.workspace, '--engine', 'memory'),
    ];
    assert.ok((fast.features as number) >= 60 && fast.entities === slow.entities);
    assert.equal(fast.checksum, slow.checksum);
  });

  test('tiers, evaluate, explain and doctor answer from the workspace', async () => {
    const tiers = await json('tiers', '--workspace', demo.workspace);
    assert.deepEqual(tiers.tiers, demo.report.tiers);
    const { metrics } = await json('tiers', 'evaluate', '--workspace', demo.workspace);
    assert.deepEqual(metrics, tiers.metrics);
    const explained = await json('explain', '--workspace', demo.workspace, 'C0000007');
    assert.equal(explained.customer, 'C0000007');
    assert.ok(
      (explained.recommendations as { en: string; zh: string }[]).every(
        ({ en, zh }) => en.length > 0 && /\p{Script=Han}/u.test(zh),
      ),
    );
    const [{ decision } = { decision: '' }] = (await json('explain', '--workspace', demo.workspace, 'C0000007'))
      .decisions as { decision: string }[];
    if (decision !== '')
      assert.equal((await json('explain', '--workspace', demo.workspace, decision)).customer, 'C0000007');
    assert.ok(
      ((await json('doctor', '--workspace', demo.workspace)).checks as { name: string; ok: boolean }[]).some(
        ({ name, ok }) => name === 'workspace lake' && ok,
      ),
    );
  });

  test('another policy cuts anew and is kept; a bad one changes nothing', async () => {
    const root = mkdtempSync(join(tmpdir(), 'tierwise-policy-'));
    const dir = join(root, 'w');
    cpSync(demo.workspace, dir, { recursive: true });
    try {
      const policy = join(root, 'policy.yaml');
      writeFileSync(
        policy,
        'tiers: [{key: low, en: Low, zh: 低}, {key: high, en: High, zh: 高}]\ncuts: {by: share, shares: [0.7, 0.3]}\n',
      );
      const cut = (await json('tiers', '--workspace', dir, '--policy', policy)).tiers as {
        tier: string;
        customers: number;
      }[];
      assert.deepEqual(
        cut.map(({ tier }) => tier),
        ['low', 'high'],
      );
      assert.deepEqual((await json('tiers', '--workspace', dir)).tiers, cut);
      const was = contents(dir);
      writeFileSync(
        policy,
        'tiers: [{key: low, en: Low, zh: 低}, {key: high, en: High, zh: 高}]\ncuts: {by: money, aboveMinor: [5, 1]}\n',
      );
      assert.equal((await tierwise('tiers', '--workspace', dir, '--policy', policy)).code, 2);
      assert.deepEqual(contents(dir), was);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  test('a run that fails leaves the workspace as it was, and a second writer is refused', async () => {
    const root = mkdtempSync(join(tmpdir(), 'tierwise-fail-'));
    const [dir, data] = [join(root, 'w'), join(root, 'data')];
    cpSync(demo.workspace, dir, { recursive: true });
    cpSync(demo.data, data, { recursive: true });
    const was = contents(dir);
    try {
      const lines = join(data, 'order_lines', readdirSync(join(data, 'order_lines'))[0]!);
      for (const [broken, what] of [
        [readFileSync(lines).subarray(0, 2000), /order_lines/],
        [Buffer.alloc(0), /order_lines/],
      ] as const) {
        writeFileSync(lines, broken);
        const { code, err } = await tierwise('run', '--workspace', dir, '--data', data);
        assert.equal(code, 2, err);
        assert.match(err, what);
        assert.match(err, /→/);
        assert.deepEqual(contents(dir), was);
      }
      const early = await tierwise('run', '--workspace', dir, '--data', demo.data, '--as-of', '2001-01-01');
      assert.equal(early.code, 2);
      assert.match(early.err, /AS_OF_EARLY/);
      assert.deepEqual(contents(dir), was);
      const holder = openWorkspace(dir);
      const busy = await tierwise('run', '--workspace', dir, '--data', demo.data);
      holder.close();
      assert.equal(busy.code, 2);
      assert.match(busy.err, /WORKSPACE_BUSY/);
      assert.deepEqual(contents(dir), was);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  test('a workspace that was never filled is refused by name', async () => {
    const dir = join(tmpdir(), 'tierwise-none');
    for (const args of [['tiers'], ['features'], ['explain', 'C0000001'], ['serve']]) {
      const { code, err } = await tierwise(...args, '--workspace', dir);
      assert.equal(code, 2);
      assert.match(err, /WORKSPACE_MISSING/);
      assert.equal(existsSync(dir), false);
    }
  });
});

test('an XLSX order log gives the same as its CSV, and a broken one is named', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tierwise-xlsx-'));
  try {
    const rows = Array.from(
      { length: 200 },
      (_, i) => [`c${i % 60}`, `2024-0${1 + (i % 9)}-1${i % 9}`, `${10 + (i % 7)}.5`] as const,
    );
    writeFileSync(join(dir, 'o.csv'), `who,day,paid\n${rows.map((row) => row.join(',')).join('\n')}\n`);
    writeFileSync(
      join(dir, 'o.xlsx'),
      xlsx([['who', 'day', 'paid'], ...rows.map(([who, day, paid]) => [who, day, { n: paid }])]),
    );
    const columns = [
      '--customer',
      'who',
      '--time',
      'day',
      '--amount',
      'paid',
      '--calibration-end',
      '2024-06-30',
      '--horizon-days',
      '60',
    ];
    const [csv, sheet] = [
      await json('value', '--orders', join(dir, 'o.csv'), ...columns),
      await json('value', '--orders', join(dir, 'o.xlsx'), ...columns),
    ];
    assert.deepEqual(sheet.parameters, csv.parameters);
    assert.deepEqual(sheet.metrics, csv.metrics);
    writeFileSync(join(dir, 'broken.xlsx'), 'no zip');
    const broken = await tierwise('value', '--orders', join(dir, 'broken.xlsx'), ...columns);
    assert.equal(broken.code, 2);
    assert.match(broken.err, /broken\.xlsx/);
    assert.match(
      (await tierwise('value', '--orders', join(dir, 'o.xlsx'), ...columns.with(1, 'whom'))).err,
      /o\.xlsx has no column whom; it has who, day, paid/,
    );
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

const CDNOW = new URL('../../shared/data/cdnow/cdnow_sample.csv.gz', import.meta.url);

test('value on the CDNOW sample gives the published figures', {
  skip: existsSync(CDNOW) ? false : 'no ../shared/data here',
}, async () => {
  const result = await json(
    'value',
    ...['--orders', fileURLToPath(CDNOW), '--customer', 'customer_id', '--time', 'date', '--amount', 'amount'],
    ...['--calibration-end', '1997-09-30', '--horizon-days', '273'],
  );
  const { r, alpha, a, b } = result.parameters as Record<string, number>;
  assert.deepEqual(
    [r, alpha, a, b].map((x) => x!.toFixed(3)),
    ['0.243', '4.414', '0.793', '2.426'],
  );
  assert.equal((result.logLikelihood as number).toFixed(1), '-9582.4');
});
