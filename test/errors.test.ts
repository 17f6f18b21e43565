// Aim: the manual of errors and the table in the code say the same, and messages quote what came.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { known } from '#errors.ts';
import { MANUAL, manual } from './error-manual.ts';

test('docs/errors.md lists every code, and no other', () => {
  assert.equal(readFileSync(MANUAL, 'utf8'), manual(), 'run `npm run check -- --write`');
});

test('an error says what came and what to do', () => {
  const error = known('WORKSPACE_BUSY', { dir: '/x', pid: 7 });
  assert.match(error.message, /\/x is in use by process 7/);
  assert.match(error.fix, /--workspace/);
  assert.equal(error.exitCode, 2);
});
