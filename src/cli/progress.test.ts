// Aim: a bar says stage, share, rate and time left, and closes each stage with its seconds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { terminalProgress } from './progress.ts';

test('stage, rate and time left', () => {
  let out = '';
  let now = 0;
  const stream = {
    columns: 120,
    write: (text: string) => {
      out += text;
      return true;
    },
  } as unknown as NodeJS.WriteStream;
  const progress = terminalProgress(stream, () => now);
  progress.stage('import');
  now = 2000;
  progress.step(500, 2000, 'rows');
  assert.match(out, /import .*25 % {2}250 rows\/s, 6 s left/);
  now = 8000;
  progress.step(2000, 2000, 'rows');
  progress.stage('features');
  assert.match(out, /✓ import +8\.0 s {3}2000 rows\n/);
  now = 9000;
  progress.end();
  assert.match(out, /✓ features +1\.0 s\n$/);
});
