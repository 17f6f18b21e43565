// Aim: each setting that the lists name is one that its method takes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METHODS } from '../all.ts';
import { FACTOR_SPACES } from './spaces.ts';

test('methods of the lists are there, have such parameters, and the settings lie in their ranges', () => {
  for (const [name, settings] of Object.entries(FACTOR_SPACES)) {
    const method = METHODS.find((one) => one.name === name);
    assert.ok(method !== undefined && settings.length > 0, name);
    for (const setting of settings)
      for (const [param, value] of Object.entries(setting)) {
        const range: readonly [number, number] | undefined = method.ranges[param];
        assert.ok(range !== undefined && value >= range[0] && value <= range[1], `${name}: ${param} ${value}`);
      }
    assert.equal(new Set(settings.map((setting) => JSON.stringify(setting))).size, settings.length, `${name}: twice`);
  }
});
