/** Changes to the store of a newer run, without a pause. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { KnownError } from '#errors.ts';
import type { App, Current } from './app-type.ts';
import { campaignSummaries } from './plans.ts';
import { recommenderOf } from './recommender.ts';
import type { Store } from './store.ts';
import { lorenzOf, rfmOf, tiersOf } from './tier-views.ts';

/** Opens the store of the newest run, in a `Compute` of its own. */
export type Reload = () => Promise<Store>;

/** Answers under way may still read the old store. */
const CLOSE_OLD_MS = 60_000;

/** The store that answers: when tierwise.json has changed, `reload` is asked in the background and its store takes over. */
export function reloading(
  app: App,
  first: Store,
  { reload, log, lookEveryMs }: { reload: Reload | undefined; log: (line: string) => void; lookEveryMs: number },
): Current {
  let store = first;
  warm(store);
  if (reload === undefined) return () => store;
  let stamp = stampOf(first.dir);
  let lookedMs = Date.now();
  let isBusy = false;
  const look = async (): Promise<void> => {
    const found = stampOf(store.dir);
    if (found === stamp || found === '') return;
    isBusy = true;
    stamp = found;
    try {
      const old = store;
      const next = await reload();
      if (next.online instanceof KnownError && !(old.online instanceof KnownError)) {
        if (next.compute !== old.compute) await next.compute.close();
        throw next.online;
      }
      store = next;
      warm(store);
      if (old.compute !== store.compute) setTimeout(() => void old.compute.close(), CLOSE_OLD_MS).unref();
    } catch (error) {
      log(
        `the new run could not be opened, the old one goes on: ${error instanceof Error ? error.message : String(error)}`,
      );
    } finally {
      isBusy = false;
    }
  };
  app.addHook('onRequest', async () => {
    if (isBusy || Date.now() - lookedMs < lookEveryMs) return;
    lookedMs = Date.now();
    void look();
  });
  return () => store;
}

/** Works out what the pages ask first, so that the first to open them need not wait. */
function warm(store: Store): void {
  for (const make of [tiersOf, campaignSummaries, rfmOf, recommenderOf, lorenzOf]) make(store).catch(() => undefined); // whoever asks for it gets the error
}

function stampOf(dir: string): string {
  try {
    const { mtimeMs, ino } = statSync(join(dir, 'tierwise.json'));
    return `${mtimeMs} ${ino}`;
  } catch {
    return '';
  }
}
