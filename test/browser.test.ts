// Aim: each page of the console opens in a real browser on the simulated shop, in both languages and on a phone, shows
// the number that the API gives, and logs no error.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { parse } from 'yaml';
import { openDuckdb } from '#engines/index.ts';
import { listen, makeServer, openStore } from '#serve/index.ts';
import { parsePolicy } from '#tiers/index.ts';
import { type Demo, makeDemo } from './demo.ts';

const CONSOLE = fileURLToPath(new URL('../console/dist', import.meta.url));
const SHOTS = fileURLToPath(new URL('../.cache/screens', import.meta.url));

type Json = Record<string, unknown> & {
  rows: Record<string, unknown>[];
  total: number;
  kpis: { key: string; value: number }[];
};

/** A browser of this machine, or the one that came from npm; undefined where there is none for this system. */
async function browserPath(): Promise<{ path: string; args: string[] } | undefined> {
  for (const path of [
    '/usr/bin/chromium',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ])
    if (existsSync(path)) return { path, args: ['--no-sandbox'] };
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  try {
    const { default: chromium } = await import('@sparticuz/chromium');
    return { path: await chromium.executablePath(), args: ['--no-sandbox', '--disable-gpu'] };
  } catch {
    return undefined;
  }
}

const found = await browserPath();

describe('the console in a browser', { skip: found === undefined && 'no Chromium for this system' }, () => {
  let demo: Demo;
  let address: string;
  let browser: Browser;
  let close: () => Promise<unknown>;
  const api = async (path: string): Promise<Json> => {
    const answer = await fetch(`${address}/api/v1${path}`);
    assert.equal(answer.status, 200, path);
    return (await answer.json()) as Json;
  };

  before(async () => {
    demo = await makeDemo(1500);
    const compute = await openDuckdb();
    const store = await openStore(compute, demo.workspace);
    const server = await makeServer({ store, version: 'test', consoleDir: CONSOLE });
    address = (await listen(server, { port: 0, host: '127.0.0.1' })).replace(/\/$/, '');
    const { chromium } = await import('playwright-core');
    browser = await chromium.launch({ executablePath: found!.path, args: found!.args });
    close = async () => {
      await browser.close();
      await server.close();
      await compute.close();
    };
    mkdirSync(SHOTS, { recursive: true });
  });
  after(async () => {
    await close?.();
    demo?.remove();
  });

  const PAGES: { name: string; path: () => Promise<string>; number?: () => Promise<number> }[] = [
    {
      name: 'home',
      path: async () => '/',
      number: async () => (await api('/home')).kpis.find(({ key }) => key === 'revenue')!.value,
    },
    { name: 'customers', path: async () => '/customers', number: async () => (await api('/customers')).total },
    {
      name: 'profile',
      path: async () => `/customers/${(await api('/customers')).rows[0]!.customerId}`,
      number: async () => (await api('/customers')).rows[0]!.valueMinor as number,
    },
    {
      name: 'tiers',
      path: async () => '/tiers',
      number: async () => (await api('/tiers')).rows.reduce((sum, row) => sum + (row.customers as number), 0),
    },
    { name: 'recommender', path: async () => '/recommender' },
    {
      name: 'campaigns',
      path: async () => '/campaigns',
      number: async () => (await api('/campaigns')).rows.reduce((sum, row) => sum + (row.offered as number), 0),
    },
    {
      name: 'campaign',
      path: async () => `/campaigns/${(await api('/campaigns')).rows[0]!.campaignId}`,
      number: async () => (await api('/campaigns')).rows[0]!.offered as number,
    },
    { name: 'new-campaign', path: async () => '/campaigns/new' },
    { name: 'allocation', path: async () => '/allocation' },
    { name: 'segments', path: async () => '/segments', number: async () => (await api('/segments')).rows.length },
    {
      name: 'new-segment',
      path: async () => '/segments/new?template=viewed-not-bought',
      number: async () =>
        (await api('/segments/templates')).rows.find(({ key }) => key === 'viewed-not-bought')!.customers as number,
    },
    {
      name: 'roi',
      path: async () => '/roi',
      number: async () => {
        const { total } = (await api('/roi')) as unknown as { total: { profit: { total: number } } };
        return Math.round(total.profit.total);
      },
    },
    { name: 'roi-campaign', path: async () => '/roi/K02' },
    {
      name: 'experiments',
      path: async () => '/experiments',
      number: async () => (await api('/experiments')).rows.reduce((sum, row) => sum + (row.members as number), 0),
    },
    {
      name: 'experiment',
      path: async () => '/experiments/K02',
      number: async () => (await api('/experiments')).rows.find(({ id }) => id === 'K02')!.members as number,
    },
    {
      name: 'models',
      path: async () => '/models',
      number: async () => {
        const { models } = (await api('/models')) as unknown as {
          models: { name: string; judged: { customers: number } }[];
        };
        return models.find((model) => model.name === 'tiers')!.judged.customers;
      },
    },
    {
      name: 'journeys',
      path: async () => '/journeys',
      number: async () => (await api('/journeys')).rows.reduce((sum, row) => sum + (row.entered as number), 0),
    },
    {
      name: 'journey',
      path: async () => `/journeys/${(await api('/journeys')).rows[0]!.id}`,
      number: async () => (await api('/journeys')).rows[0]!.entered as number,
    },
    { name: 'delivery', path: async () => '/delivery', number: async () => 0 },
    { name: 'quality', path: async () => '/quality', number: async () => demo.report.rows.read },
    {
      name: 'offers',
      path: async () => '/offers',
      number: async () => (await api('/past-offers')).rows.reduce((sum, row) => sum + (row.redeemed as number), 0),
    },
    { name: 'new-offer', path: async () => '/offers/new' },
  ];

  const open = async (context: BrowserContext, path: string): Promise<{ page: Page; errors: string[] }> => {
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('requestfailed', (request) => {
      if (request.failure()?.errorText !== 'net::ERR_ABORTED')
        errors.push(`${request.url()} ${request.failure()?.errorText}`);
    });
    await page.goto(`${address}/#${path}`);
    await page.locator('main [data-testid="main-number"]:not([data-value=""])').first().waitFor({ timeout: 20_000 });
    return { page, errors };
  };

  for (const language of ['en', 'zh'] as const) {
    for (const { name, path, number } of PAGES) {
      test(`${name} in ${language}`, async () => {
        const context = await browser.newContext({
          viewport: { width: 1280, height: 900 },
          locale: language === 'zh' ? 'zh-CN' : 'en-GB',
        });
        try {
          const { page, errors } = await open(context, await path());
          if (number !== undefined)
            assert.equal(
              Number(await page.locator('main [data-testid="main-number"]').first().getAttribute('data-value')),
              await number(),
            );
          assert.match(
            (await page.locator('main h1').first().textContent()) ?? '',
            language === 'zh' ? /\p{Script=Han}|C\d+/u : /[A-Za-z]/,
          );
          assert.equal(
            await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth + 1'),
            false,
            'the page scrolls sideways',
          );
          await page.screenshot({ path: `${SHOTS}/${name}-${language}.png`, fullPage: true });
          assert.deepEqual(errors, []);
        } finally {
          await context.close();
        }
      });
    }
  }

  test('on a phone no page scrolls sideways, and the navigation opens', async () => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'zh-CN' });
    try {
      for (const { name, path } of PAGES) {
        const { page, errors } = await open(context, await path());
        assert.equal(
          await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth + 1'),
          false,
          name,
        );
        await page.screenshot({ path: `${SHOTS}/${name}-phone.png` });
        assert.deepEqual(errors, [], name);
        await page.close();
      }
    } finally {
      await context.close();
    }
  });

  for (const language of ['en', 'zh'] as const)
    test(`states, slips and their people in ${language}`, async () => {
      const context = await browser.newContext({
        viewport: { width: 1280, height: 900 },
        locale: language === 'zh' ? 'zh-CN' : 'en-GB',
      });
      const life = (await api('/lifecycle')) as unknown as {
        slips: { customers: number };
        states: { key: string; customers: number }[];
      };
      const shown = async (page: Page) =>
        Number(await page.locator('main [data-testid="main-number"]').first().getAttribute('data-value'));
      try {
        const { page, errors } = await open(context, '/');
        const slips = page.locator('[data-testid="slips"]');
        assert.equal(Number(await slips.getAttribute('data-value')), life.slips.customers);
        await slips.locator('a.people').first().click();
        await page.locator('.list-tools').waitFor();
        await page.locator('main [data-testid="main-number"]:not([data-value=""])').first().waitFor();
        assert.equal(await shown(page), life.slips.customers);
        await page.screenshot({ path: `${SHOTS}/slips-${language}.png`, fullPage: true });
        const risk = await open(context, '/customers?state=at-risk');
        assert.equal(await shown(risk.page), life.states.find(({ key }) => key === 'at-risk')!.customers);
        const [row] = (await api('/customers?state=at-risk')).rows;
        const profile = await open(context, `/customers/${row!.customerId}`);
        const state = profile.page.locator('[data-testid="life-state"]');
        assert.equal(await state.getAttribute('data-value'), 'at-risk');
        await profile.page.screenshot({ path: `${SHOTS}/profile-at-risk-${language}.png`, fullPage: true });
        assert.deepEqual([...errors, ...risk.errors, ...profile.errors], []);
      } finally {
        await context.close();
      }
    });

  for (const language of ['en', 'zh'] as const)
    test(`a tier policy is tried while it is edited, in ${language}`, async () => {
      const context = await browser.newContext({
        viewport: { width: 1280, height: 900 },
        locale: language === 'zh' ? 'zh-CN' : 'en-GB',
      });
      try {
        const { page, errors } = await open(context, '/tiers');
        const changed = page.getByTestId('what-if-changed');
        await changed.waitFor({ timeout: 20_000 });
        assert.equal(await changed.getAttribute('data-value'), '0');
        const form = page.locator('.editor form');
        await form.getByText(language === 'zh' ? '按名额' : 'Places', { exact: true }).click();
        await form.locator('.editor-tiers .ant-input-number input').first().fill('20');
        await page.locator('#policy-yaml', { hasText: /places: \[\d+, \d+, 20\]/ }).waitFor();
        const policy = parsePolicy((parse((await page.locator('#policy-yaml').textContent()) ?? '') as Json).tiers);
        assert.equal(policy.cuts.by, 'capacity');
        const answer = await fetch(`${address}/api/v1/tiers/what-if`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ policy }),
        });
        const { changes } = (await answer.json()) as { changes: { customers: number }[] };
        const expected = changes.reduce((sum, { customers }) => sum + customers, 0);
        assert.ok(expected > 0);
        await page.locator(`[data-testid="what-if-changed"][data-value="${expected}"]`).waitFor({ timeout: 20_000 });
        await page.locator('.editor').screenshot({ path: `${SHOTS}/policy-editor-${language}.png` });
        await form.locator('.editor-tiers .ant-input').first().fill('');
        await page.getByRole('alert').waitFor();
        assert.equal(await page.locator('#policy-yaml').count(), 0);
        assert.deepEqual(errors, []);
      } finally {
        await context.close();
      }
    });

  for (const language of ['en', 'zh'] as const)
    test(`where recommendations come from, by which strategy, and how they did, in ${language}`, async () => {
      const context = await browser.newContext({
        viewport: { width: 1280, height: 900 },
        locale: language === 'zh' ? 'zh-CN' : 'en-GB',
      });
      const strategies = (await api('/recommender')).strategies as { customers: number }[];
      const [best] = (await api('/customers?sort=value')).rows;
      const list = (await api(`/customers/${best!.customerId}/recommendations`)).rows;
      try {
        const { page, errors } = await open(context, '/recommender');
        const tiers = page.getByRole('table', { name: language === 'zh' ? '各层策略' : 'Strategies by tier' });
        await tiers.waitFor();
        assert.equal(await tiers.locator('tbody tr').count(), strategies.length);
        const people = strategies.reduce((sum, row) => sum + row.customers, 0);
        assert.equal(people, (await api('/customers')).total, 'everybody has a list');
        assert.equal(await page.locator('.product').count(), list.length);
        const sources = [...new Set(list.map((row) => row.source))];
        if (sources.length > 1) {
          await page.locator('.preview-sources .ant-segmented-item').last().click();
          const wanted = list.filter((row) => row.source === sources.at(-1)).length;
          await page.waitForFunction(`document.querySelectorAll('.product').length === ${wanted}`);
        }
        for (const figure of language === 'zh'
          ? ['离线效果走势', '热门偏差']
          : ['Offline quality over time', 'Popularity bias'])
          await page.locator(`figure[aria-label="${figure}"] svg`).first().waitFor();
        await page.locator('.popular a').first().click();
        await page
          .locator('.preview-sources')
          .getByText(language === 'zh' ? '相似' : 'Similar', { exact: true })
          .click();
        await page.locator('.popular .neighbour-title').first().waitFor();
        await page.screenshot({ path: `${SHOTS}/product-${language}.png`, fullPage: true });
        assert.deepEqual(errors, []);
      } finally {
        await context.close();
      }
    });

  test('the language switches without a reload', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' });
    try {
      const { page } = await open(context, '/tiers');
      await page.evaluate('window.stayed = true');
      await page.getByText('中文', { exact: true }).first().click();
      await page.locator('main h1', { hasText: /\p{Script=Han}/u }).waitFor();
      assert.equal(await page.evaluate('window.stayed'), true);
      assert.equal(await page.evaluate('document.documentElement.lang'), 'zh-CN');
    } finally {
      await context.close();
    }
  });
});
