/** docs/errors.md as it should be, from the table in src/errors.ts. Run with --write to bring the page up to date. */
import { writeFileSync } from 'node:fs';
import { ERRORS } from '#errors.ts';

export const MANUAL = new URL('../docs/errors.md', import.meta.url);

export function manual(): string {
  const rows = Object.entries(ERRORS)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { status, when, fix }]) => `| \`${code}\` | ${status} | ${when} | ${fix} |`);
  return [
    '# Errors',
    '',
    'Every error that Tierwise raises on purpose. A command ends with exit code 2 for a status below 500 (and for a full',
    'disk), with 1 otherwise; over HTTP the status is the one given. Rendered from `src/errors.ts`: `npm run check -- --write`.',
    '',
    '| code | status | when | what to do |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

if (import.meta.main && process.argv.includes('--write')) writeFileSync(MANUAL, manual());
