/** The API described: /openapi.json from the schemas that check, and a page for people made of it. */
import swagger from '@fastify/swagger';
import { createJsonSchemaTransform } from 'fastify-type-provider-zod';
import type { App } from './app-type.ts';
import { at, textAt } from './facts.ts';

export async function docsRoutes(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tierwise',
        version,
        description:
          'Times are epoch milliseconds UTC, money whole minor units of the shop’s currency. A failure is `{error: {code, message, fix}}`.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
    },
    transform: createJsonSchemaTransform({ zodToJsonConfig: { unrepresentable: 'any' } }),
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  let page: string | undefined;
  app.get('/docs', { schema: { hide: true } }, async (_request, reply) => {
    page ??= pageOf(app.swagger());
    return reply.type('text/html; charset=utf-8').send(page);
  });
}

function pageOf(document: unknown): string {
  const operations = Object.entries(recordOf(at(document, 'paths'))).flatMap(([path, methods]) =>
    Object.entries(recordOf(methods)).map(([method, operation]) => operationHtml(method, path, operation)),
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Tierwise API</title><style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
code{background:#f2f2f2;padding:.1em .3em}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.2em .6em;text-align:left}
section{border-top:1px solid #ccc;margin-top:1.5rem}pre{overflow:auto;max-height:20rem;background:#f7f7f7;padding:.6em}</style></head><body>
<h1>Tierwise API ${html(textAt(document, 'info', 'version') ?? '')}</h1>
<p>${html(textAt(document, 'info', 'description') ?? '')} The machine-readable description is <a href="/openapi.json">/openapi.json</a>.</p>
${operations.join('\n')}</body></html>`;
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

function operationHtml(method: string, path: string, operation: unknown): string {
  const parameters = at(operation, 'parameters');
  const rows = (Array.isArray(parameters) ? parameters : []).map(
    (one: unknown) =>
      `<tr><td><code>${html(textAt(one, 'name') ?? '')}</code></td><td>${html(textAt(one, 'in') ?? '')}</td><td>${html(typeText(at(one, 'schema')))}</td><td>${html(textAt(one, 'description') ?? '')}</td></tr>`,
  );
  const table =
    rows.length === 0
      ? ''
      : `<table><tr><th>parameter</th><th>in</th><th>type</th><th></th></tr>${rows.join('')}</table>`;
  const details = (['requestBody', 'responses'] as const)
    .map((part) => [part, at(operation, part)] as const)
    .filter(([, value]) => value !== undefined)
    .map(
      ([part, value]) =>
        `<details><summary>${part}</summary><pre>${html(JSON.stringify(value, null, 1))}</pre></details>`,
    );
  return `<section><h2><code>${method.toUpperCase()} ${html(path)}</code></h2><p>${html(textAt(operation, 'summary') ?? '')}</p>${table}${details.join('')}</section>`;
}

function typeText(schema: unknown): string {
  const values = at(schema, 'enum');
  const kind = Array.isArray(values) ? values.join(' | ') : (textAt(schema, 'type') ?? '');
  const otherwise = at(schema, 'default');
  return otherwise === undefined ? kind : `${kind} = ${String(otherwise)}`;
}

const html = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
