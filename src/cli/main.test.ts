// Aim: exit codes, help and messages are what scripts and people rely on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { known } from '#errors.ts';
import type { Command, Context } from './command.ts';
import { main } from './main.ts';
import { silent } from './progress.ts';

const commands: Command[] = [
  {
    name: 'echo',
    about: 'says what it got',
    words: '[WORD]',
    options: { count: { type: 'number', about: 'how often', required: true }, loud: { type: 'flag', about: 'louder' } },
    run: async (values, words) => ({ ...values, words }),
  },
  {
    name: 'fail',
    about: 'fails',
    options: {},
    run: async () => Promise.reject(known('WORKSPACE_BUSY', { dir: '/w', pid: 3 })),
  },
  {
    name: 'echo twice',
    about: 'has a name of two words',
    options: { count: { type: 'number', about: 'how often' } },
    run: async (values, words) => ({ twice: values.count, words }),
  },
  { name: 'fault', about: 'breaks', options: {}, run: async () => Promise.reject(new Error('broken')) },
  {
    name: 'full',
    about: 'no space',
    options: {},
    run: async () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOSPC', path: '/w/a' })),
  },
];

async function call(...args: string[]) {
  const results: string[] = [];
  const errors: string[] = [];
  const context = { now: 0, home: '/', version: '1.2.3', progress: silent, print: () => {} } as unknown as Context;
  const code = await main(args, commands, context, {
    result: (text) => results.push(text),
    error: (text) => errors.push(text),
  });
  return { code, out: results.join('\n'), err: errors.join('\n') };
}

test('a command gets checked values and prints one JSON document', async () => {
  const { code, out } = await call('echo', '--count', '3', 'hi', '--loud', '--json');
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(out), { count: 3, loud: true, json: true, words: ['hi'] });
});

test('a name of two words goes before that of its first one', async () => {
  const { code, out } = await call('echo', 'twice', '--count', '3', '--json');
  assert.deepEqual([code, JSON.parse(out)], [0, { twice: 3, words: [] }]);
  assert.deepEqual(JSON.parse((await call('echo', 'thrice', '--count', '3', '--json')).out).words, ['thrice']);
});

test('usage errors end with 2 and say what would do', async () => {
  for (const [args, message] of [
    [['ecko'], /"ecko" is not a command; expected one of echo/],
    [['echo'], /needs --count/],
    [['echo', '--count', 'x'], /--count is "x"; expected a number/],
    [['echo', '--cuont', '3'], /perhaps --count/],
    [['echo', '--count'], /--count has no value/],
    [['echo', '--count', '1', '--threads', '0'], /--threads is "0"; expected a whole number from 1 to 256/],
    [['echo', '--count', '1', '--seed', '1e300'], /--seed is "1e300"/],
    [['echo', '--count', ' '], /--count is " "/],
    [['echo', '--count', '1', '--seed', '1.5'], /--seed is "1.5"/],
    [['echo', '--count', '1', '--loud=false'], /--loud is "false"; expected --loud alone/],
    [['echo', '--count', '1', '--constructor=x'], /--constructor is not an option/],
    [['echo', '-x'], /-x is not an option/],
    [['fail', 'word'], /does not take "word"/],
  ] as const) {
    const { code, err } = await call(...args);
    assert.equal(code, 2, args.join(' '));
    assert.match(err, message);
    assert.match(err, /→/);
  }
});

test('known errors end with 2, faults with 1, a full disk with 2', async () => {
  assert.equal((await call('fail')).code, 2);
  assert.equal((await call('fault')).code, 1);
  const full = await call('full');
  assert.equal(full.code, 2);
  assert.match(full.err, /no space left .* \/w\/a/);
});

test('help lists commands and options', async () => {
  assert.match((await call()).out, /echo +says what it got/);
  assert.equal((await call('echo', '-h')).out, (await call('echo', '--help')).out);
  assert.match((await call('echo', '--help')).out, /--count N +how often \(required\)/);
});
