// Aim: imports point up the tree of ARCHITECTURE.md and enter a folder by its door; the core draws and dates nothing by itself.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';

const ORDER = [
  'errors.ts',
  'kernels',
  'table',
  'learners',
  'explain',
  'engines',
  'catalog',
  'events',
  'simulate',
  'embeddings',
  'features',
  'profiles',
  'value',
  'tiers',
  'recommend',
  'experiments',
  'uplift',
  'policies',
  'segments',
  'offers',
  'delivery',
  'campaigns',
  'journeys',
  'live',
  'decide',
  'triggers',
  'roi',
  'loop',
  'serve',
  'cli',
  'app.ts',
];
const IMPORTED = /(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+|#[^'"]+)['"]/g;

test('imports point up the tree and enter by the door', () => {
  const wrong: string[] = [];
  const files = globSync('src/**/*.ts')
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !file.endsWith('.test.ts'));
  for (const file of files) {
    const own = file.split('/')[1] ?? '';
    assert.ok(ORDER.includes(own), `${own} is not in the order: place it after the folders its data comes from`);
    for (const [, to = ''] of readFileSync(file, 'utf8').matchAll(IMPORTED)) {
      const path = to.startsWith('#') ? `src/${to.slice(1)}` : posix.join(posix.dirname(file), to);
      const [, folder = '', ...rest] = path.split('/');
      if (folder === own) {
        if (rest.join('/') === 'index.ts') wrong.push(`${file}: imports its own door`);
        continue;
      }
      if (ORDER.indexOf(folder) > ORDER.indexOf(own)) wrong.push(`${file}: ${to} is below it; move the shared part up`);
      const door = rest.length === 0 || rest.join('/') === 'index.ts' || folder === 'kernels' || own === 'app.ts';
      if (!door) wrong.push(`${file}: ${to} is private; import #${folder}/index.ts`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('every folder of src is in the order and the other way round', () => {
  const folders = new Set(globSync('src/*').map((path) => path.replaceAll('\\', '/').split('/')[1]));
  assert.deepEqual([...folders].sort(), [...ORDER].filter((name) => folders.has(name)).sort());
});

/** What the core must not do, and where it may be done all the same. */
const FORBIDDEN = [
  { pattern: /export \* from/, mayBe: [], why: 'a door names what it gives' },
  { pattern: /Math\.random\b/, mayBe: [], why: 'draws come from a seed: #kernels/random.ts' },
  { pattern: /Date\.now\(\)|new Date\(\)/, mayBe: ['serve', 'cli', 'app.ts'], why: 'the moment is an argument' },
  {
    // The import and the simulated shop say in their reports how long they took; nothing is decided by it.
    pattern: /performance\.now\b/,
    mayBe: ['loop', 'serve', 'cli', 'app.ts', 'events/import.ts', 'simulate/shop.ts'],
    why: 'only reports say how long something took',
  },
  {
    pattern: /process\.env\b/,
    mayBe: [
      'serve',
      'cli',
      'app.ts',
      'features/features.test.ts',
      'delivery/sends.test.ts',
      'offers/ledger/kills.test.ts',
      'offers/ledger/oracle.test.ts',
    ],
    why: 'settings are arguments',
  },
  { pattern: /\bas any\b|@ts-(?:ignore|nocheck|expect-error)/, mayBe: [], why: 'types say what is there' },
] as const;

test('doors name what they give; the core has no clock, no chance and no settings of its own; types are not silenced', () => {
  const wrong: string[] = [];
  for (const path of globSync('src/**/*.ts')) {
    const file = path.replaceAll('\\', '/');
    const text = readFileSync(file, 'utf8');
    for (const { pattern, mayBe, why } of FORBIDDEN)
      if (pattern.test(text) && !mayBe.some((own) => file === `src/${own}` || file.startsWith(`src/${own}/`)))
        wrong.push(`${file}: ${pattern}: ${why}`);
  }
  assert.deepEqual(wrong, []);
});
