/** A running server over a small sample workspace, and the same files read another way; for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Compute, literal, openDuckdb } from '#engines/index.ts';
import type { App } from './app-type.ts';
import { makeSampleWorkspace, type SampleSize } from './sample-workspace.ts';
import { listen, makeServer, type ServerOptions } from './server.ts';
import { openStore, type Store } from './store.ts';

export interface SampleServer {
  readonly app: App;
  readonly store: Store;
  readonly address: string;
  /** The workspace; its parent folder goes away with it. */
  readonly dir: string;
  /** Views over lake/ and state/, made without any code of the server. */
  readonly direct: Compute;
  /** What the server logged. */
  readonly log: string[];
  get(path: string, init?: RequestInit): Promise<Response>;
  json(path: string): Promise<unknown>;
  close(): Promise<void>;
}

export const SAMPLE: SampleSize = { customers: 400, products: 60, lines: 3000 };

/** @param prepare changes the workspace before it is opened */
export async function startSample(
  more: (dir: string) => Partial<ServerOptions> = () => ({}),
  prepare: (dir: string) => Promise<void> = async () => {},
): Promise<SampleServer> {
  const home = mkdtempSync(join(tmpdir(), 'tierwise-serve-'));
  const dir = join(home, 'workspace');
  await makeSampleWorkspace(dir, SAMPLE);
  await prepare(dir);
  const log: string[] = [];
  const store = await openStore(await openDuckdb({ memoryMb: 300 }), dir);
  const app = await makeServer({ store, version: '1.2.3', log: (line) => log.push(line), ...more(dir) });
  const address = await listen(app, { port: 0 });
  const direct = await openDuckdb({ memoryMb: 300 });
  for (const folder of ['lake', 'state'])
    for (const { file } of await direct.rows<{ file: string }>(
      `select file from glob(${literal(join(dir, folder, '*.parquet'))})`,
    ))
      await direct.run(`create view ${file.split('/').at(-1)?.replace('.parquet', '')} as from ${literal(file)}`);
  return {
    app,
    store,
    address,
    dir,
    direct,
    log,
    get: (path, init) => fetch(`${address}${path}`, init),
    json: async (path) => (await fetch(`${address}${path}`)).json(),
    close: async () => {
      await app.close();
      await store.compute.close();
      await direct.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
