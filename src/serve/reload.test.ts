// Aim: a finished run takes over without a restart, a broken one does not, and stopping waits for answers under way.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openDuckdb } from '#engines/index.ts';
import { SAMPLE, startSample } from './sample-server.ts';
import { makeSampleWorkspace } from './sample-workspace.ts';
import { makeServer } from './server.ts';
import { openStore, type Store } from './store.ts';

let home: string;
before(() => {
  home = mkdtempSync(join(tmpdir(), 'tierwise-reload-'));
});
after(() => rmSync(home, { recursive: true }));

test('a newer tierwise.json brings a new store; when that fails the old one goes on', async () => {
  const dir = join(home, 'workspace');
  await makeSampleWorkspace(dir, SAMPLE);
  let opened = 0;
  const log: string[] = [];
  const open = async (): Promise<Store> => openStore(await openDuckdb({ memoryMb: 200 }), dir);
  const app = await makeServer({
    store: await open(),
    version: 'x',
    log: (line) => log.push(line),
    lookEveryMs: 0,
    reload: () => {
      opened++;
      return open();
    },
  });
  const isDemo = async (): Promise<unknown> => (await app.inject('/api/v1/shop')).json<{ isDemo: boolean }>().isDemo;
  const facts = JSON.parse(readFileSync(join(dir, 'tierwise.json'), 'utf8')) as object;
  const write = (text: string, second: number): void => {
    writeFileSync(join(dir, 'tierwise.json'), text);
    utimesSync(join(dir, 'tierwise.json'), second, second);
  };
  const until = async (is: () => Promise<boolean> | boolean): Promise<void> => {
    for (const end = Date.now() + 10_000; !(await is()); await new Promise(setImmediate))
      assert.ok(Date.now() < end, 'in time');
  };
  assert.equal(await isDemo(), true);
  write('{}', 1000);
  await until(async () => (await isDemo()) === true && log.length === 1);
  assert.match(log[0] ?? '', /could not be opened/);
  write(JSON.stringify({ ...facts, isDemo: false }), 2000);
  await until(async () => (await isDemo()) === false);
  assert.equal(opened, 2);
  await app.close();
});

test('closing lets an export under way end, and refuses new callers', async () => {
  const server = await startSample();
  const export_ = await server.get('/api/v1/customers?format=csv');
  const reader = export_.body?.getReader();
  await reader?.read();
  const closing = server.close();
  for (;;) {
    const part = await reader?.read();
    if (part === undefined || part.done) break;
  }
  await closing;
  await assert.rejects(fetch(`${server.address}/healthz`));
});
