/** Requests that no route takes: pages of the console, wrong methods, wrong addresses. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { known } from '#errors.ts';
import type { App } from './app-type.ts';

interface Pattern {
  readonly method: string;
  readonly path: RegExp;
}

export function unmatched(app: App, consoleDir: string | undefined): void {
  const patterns: Pattern[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    if (url.includes('*')) return;
    const path = new RegExp(`^${url.replaceAll(/[.]/g, '\\.').replaceAll(/:[^/]+/g, '[^/]+')}$`);
    for (const one of [method].flat()) patterns.push({ method: one, path });
  });
  const hasConsole = consoleDir !== undefined && existsSync(join(consoleDir, 'index.html'));
  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?')[0] ?? '/';
    const allowed = [...new Set(patterns.filter((one) => one.path.test(path)).map((one) => one.method))].sort();
    if (allowed.length > 0 && !allowed.includes(request.method)) {
      void reply.header('allow', [...allowed, 'OPTIONS'].join(', '));
      if (request.method === 'OPTIONS') return reply.code(204).send();
      throw known('METHOD_REFUSED', { method: request.method, allowed: allowed.join(', ') });
    }
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const isPage =
      !/^\/(api|gorse|assets|healthz|metrics|docs|openapi\.json)(\/|$)/.test(path) && !/\.[a-z0-9]{1,5}$/i.test(path);
    if (hasConsole && isRead && isPage)
      return reply.header('cache-control', 'no-cache').sendFile('index.html', { cacheControl: false });
    throw known('ROUTE_UNKNOWN', { method: request.method, path: path.slice(0, 200) });
  });
}
