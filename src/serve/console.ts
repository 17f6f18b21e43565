/** The console's files. */
import { existsSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { App } from './app-type.ts';

const MISSING = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Tierwise</title>
<h1>Tierwise</h1><p>The API is running; the console has not been built (console/dist is missing): run <code>npm start</code>.</p>
<p><a href="/docs">API documentation</a></p></html>`;

/** Serves `consoleDir`: hashed assets for a year, everything else checked each time. */
export async function consoleRoutes(app: App, consoleDir: string | undefined): Promise<void> {
  if (consoleDir === undefined || !existsSync(join(consoleDir, 'index.html'))) {
    app.get('/', { schema: { hide: true } }, async (_request, reply) =>
      reply.type('text/html; charset=utf-8').send(MISSING),
    );
    return;
  }
  const root = resolve(consoleDir);
  const assets = join(root, 'assets') + sep;
  await app.register(fastifyStatic, {
    root,
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders: (reply, path) => {
      reply.header('cache-control', path.startsWith(assets) ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}
