// Aim: what the pages name is there: relative links, files and folders written as code, commands with their options.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { parseCaps } from '#campaigns/index.ts';
import { commands } from '#cli/index.ts';
import { parseMapping } from '#events/index.ts';
import { campaignSettings } from '#loop/index.ts';
import { parseOffer } from '#offers/index.ts';
import { parseRecommend } from '#recommend/index.ts';
import { parseCondition } from '#segments/index.ts';
import { cutsOf, parsePolicy } from '#tiers/index.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGES = [
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'README.md',
  'README.zh-CN.md',
  ...globSync('docs/*.md', { cwd: ROOT }),
];
const LINK = /\]\(([^)\s]+)\)/g;
/** A word of a code span that names something below a folder of this repository. */
const OWN = /^'?(?:src|test|docs|bench|mappings|examples|console|scripts|golden)\/[\w*./-]*'?$/;

/** A path from the root; a pattern must match at least one file. */
const isThere = (path: string): boolean =>
  path.includes('*') ? globSync(path, { cwd: ROOT }).length > 0 : existsSync(join(ROOT, path));

for (const page of PAGES) {
  const text = readFileSync(join(ROOT, page), 'utf8');

  test(`${page}: links lead somewhere`, () => {
    const targets = [...text.matchAll(LINK)].map(([, target = '']) => target);
    const broken = targets.filter(
      (target) => !/^(?:https?:|#)/.test(target) && !isThere(join(dirname(page), target.split('#')[0]!)),
    );
    assert.deepEqual(broken, []);
  });

  test(`${page}: files and folders that are named exist`, () => {
    const words = [...text.matchAll(/`([^`\n]+)`/g)].flatMap(([, span = '']) => span.split(/\s+/));
    const missing = words.filter((word) => OWN.test(word) && !isThere(word.replaceAll("'", '')));
    assert.deepEqual(missing, []);
  });
}

test('the mappings that docs/mapping.md shows are read as they stand', () => {
  const blocks = [...readFileSync(join(ROOT, 'docs/mapping.md'), 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)];
  const whole = blocks.map(([, block = '']) => block).filter((block) => /^shop:/m.test(block));
  const policies = blocks.map(([, block = '']) => block).filter((block) => /^cuts:/m.test(block));
  const parts = blocks.map(([, block = '']) => block).filter((block) => !/^(?:shop|cuts):/m.test(block));
  assert.deepEqual([whole.length, parts.length, policies.length], [2, 1, 3]);
  for (const block of whole) parseMapping(block, 'tierwise.yaml');
  const { tiers, recommend, campaign } = parseMapping(whole[0]! + parts[0]!, 'tierwise.yaml');
  const policy = parsePolicy(tiers);
  assert.deepEqual(policy.cuts, { by: 'share', shares: [0.6, 0.3, 0.1] });
  const others = policies.map((block) => parsePolicy({ tiers: policy.tiers, ...(parse(block) as object) }));
  assert.deepEqual(
    others.map(({ cuts }) => cuts.by),
    ['money', 'capacity', 'profit'],
  );
  assert.deepEqual([...cutsOf(new Float64Array(0), others[2]!)], [12_500, 41_666]);
  assert.deepEqual(parseRecommend(recommend).rules.skipCategories, ['Gift cards']);
  const { condition, offer, caps, budgetMinor } = campaignSettings(campaign);
  assert.ok('all' in parseCondition(condition));
  assert.equal(parseOffer(offer).percentOff, 10);
  assert.deepEqual([parseCaps(caps).maxPeople, budgetMinor], [5000, 500_000]);
});

test('the commands that the pages show are there, with their options', () => {
  const wrong: string[] = [];
  let shown = 0;
  for (const page of PAGES) {
    const text = readFileSync(join(ROOT, page), 'utf8');
    for (const [line, first = '', second = ''] of text.matchAll(/tierwise -- ([a-z]+)(?: ([a-z][a-z-]*))?[^`\n]*/g)) {
      shown++;
      const both = `${first} ${second}`;
      const name = commands.some((own) => own.name === both) ? both : first;
      const command = commands.find((own) => own.name === name);
      if (command === undefined) wrong.push(`${page}: ${name}`);
      for (const [, option = ''] of line.matchAll(/ --([a-z][a-z-]*)/g))
        if (!['json', 'seed', 'threads', 'help', ...Object.keys(command?.options ?? {})].includes(option))
          wrong.push(`${page}: ${name} --${option}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(shown >= 10);
});

test('the tree of ARCHITECTURE.md is the tree', () => {
  const tree = /```\nsrc\/\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8'))?.[1] ?? '';
  const named = [...tree.matchAll(/^ {2}([\w.]+)\/? /gm)].map(([, name]) => name).sort();
  const there = globSync('src/*', { cwd: ROOT })
    .map((path) => path.replaceAll('\\', '/').slice('src/'.length))
    .sort();
  assert.deepEqual(named, there);
  const top = [...tree.matchAll(/^(\w+)\/ /gm)].map(([, name = '']) => name);
  assert.deepEqual(
    top.filter((name) => !existsSync(join(ROOT, name))),
    [],
  );
});
