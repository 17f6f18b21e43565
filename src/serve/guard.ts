/** What every answer carries, and whom the server does not answer at all. */
import { isIP } from 'node:net';
import { known } from '#errors.ts';
import type { App } from './app-type.ts';

/** Styles are written into the page by the console's components; everything else comes from files of this server. */
const POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  "style-src 'self' 'unsafe-inline'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/**
 * Adds the headers and refuses foreign callers: on a loopback address, names that are not loopback names (a page of
 * another site may have its own name point here); everywhere, changes asked for by a page of another origin.
 */
export function guarded(app: App, host: string): void {
  const isLocal = LOOPBACK.test(isIP(host) === 6 ? `[${host}]` : host);
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(HEADERS);
    if (request.url.startsWith('/api/')) void reply.header('cache-control', 'no-store');
    const name = request.headers.host ?? '';
    if (isLocal && !LOOPBACK.test(name.replace(/:\d+$/, ''))) throw known('HOST_REFUSED', { host: name.slice(0, 100) });
    const { origin } = request.headers;
    const isChange = request.method !== 'GET' && request.method !== 'HEAD' && request.method !== 'OPTIONS';
    if (isChange && origin !== undefined && origin !== `http://${name}` && origin !== `https://${name}`)
      throw known('HOST_REFUSED', { host: origin.slice(0, 100) });
  });
}
