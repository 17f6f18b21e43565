// Aim: a workspace has one writer, and a commit happens wholly or not at all.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratchFolder } from './scratch.ts';
import { holderOf, openWorkspace } from './workspace.ts';

const folder = (): string => join(mkdtempSync(join(tmpdir(), 'tierwise-')), 'w');

test('a second writer is refused, a dead one is not waited for', () => {
  const dir = folder();
  const first = openWorkspace(dir);
  assert.throws(() => openWorkspace(dir), { code: 'WORKSPACE_BUSY' });
  first.close();
  writeFileSync(join(openWorkspace(dir).dir, '.lock'), '999999999');
  openWorkspace(dir).close();
});

test('a lock whose process is gone does not hold, even when another process has its number', () => {
  const dir = folder();
  const workspace = openWorkspace(dir);
  assert.equal(holderOf(dir), process.pid);
  workspace.close();
  assert.equal(holderOf(dir), undefined);
  for (const said of ['', 'garbage', '-1', `${process.pid} 1`]) {
    if (said.endsWith(' 1') && process.platform !== 'linux') continue;
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, '.lock'), said);
    assert.equal(holderOf(dir), undefined, said);
    openWorkspace(dir).close();
  }
});

test('folders made for a workspace that stays empty are taken away again', () => {
  const dir = folder();
  openWorkspace(join(dir, 'a', 'b')).close();
  assert.equal(existsSync(dir), false);
});

test('a workspace that is a file, or lies in one, is refused by name', () => {
  const dir = folder();
  writeFileSync(dir, 'x');
  for (const path of [dir, join(dir, 'deeper')])
    assert.throws(
      () => openWorkspace(path),
      (error: Error & { code: string }) => error.code === 'WORKSPACE_UNUSABLE' && error.message.includes(path),
    );
});

test('commit replaces what was there, discard leaves it', () => {
  const workspace = openWorkspace(folder());
  const put = (text: string) => {
    const stage = workspace.stage();
    writeFileSync(stage.path('lake', 'a'), text);
    return stage;
  };
  put('1').commit();
  put('2').commit();
  put('3').discard();
  assert.equal(readFileSync(workspace.path('lake', 'a'), 'utf8'), '2');
  workspace.close();
});

test('a commit cut off half way is finished at the next opening', () => {
  const dir = folder();
  const workspace = openWorkspace(dir);
  const first = workspace.stage();
  for (const part of ['lake', 'state']) writeFileSync(first.path(part, 'a'), 'old');
  first.commit();
  const second = workspace.stage();
  for (const part of ['lake', 'state']) writeFileSync(second.path(part, 'a'), 'new');
  writeFileSync(second.path('commit.json'), '["lake","state"]');
  renameSync(workspace.path('lake'), workspace.path('.staging', 'old-lake'));
  workspace.close();
  const again = openWorkspace(dir);
  for (const part of ['lake', 'state']) assert.equal(readFileSync(again.path(part, 'a'), 'utf8'), 'new');
  again.close();
});

test('what a killed process left in the scratch folder is gone at the next opening, and at the end', () => {
  const dir = folder();
  const workspace = openWorkspace(dir);
  writeFileSync(join(workspace.scratch(), 'a'), 'x');
  workspace.close();
  assert.equal(existsSync(dir), false);
  mkdirSync(join(dir, '.scratch', 'spill'), { recursive: true });
  const again = openWorkspace(dir);
  assert.deepEqual(readdirSync(dir), ['.lock']);
  again.close();
});

test('an opening that fails leaves no lock', () => {
  const dir = folder();
  mkdirSync(join(dir, '.staging'), { recursive: true });
  writeFileSync(join(dir, '.staging', 'commit.json'), '["la');
  assert.throws(() => openWorkspace(dir), SyntaxError);
  assert.deepEqual(readdirSync(dir), ['.staging']);
});

test('scratch folders are new each time; a place that takes none is told by name', () => {
  const [a, b] = [scratchFolder('tierwise-test'), scratchFolder('tierwise-test')];
  assert.notEqual(a.dir, b.dir);
  for (const scratch of [a, b]) {
    writeFileSync(join(scratch.dir, 'x'), 'x');
    scratch.sweep();
    assert.equal(existsSync(scratch.dir), false);
  }
  const missing = join(folder(), 'none');
  assert.throws(
    () => scratchFolder('x', missing),
    (error: Error & { code: string }) => error.code === 'SCRATCH_UNUSABLE' && error.message.includes(missing),
  );
});

test('files staged without a commit are thrown away at the next opening', () => {
  const dir = folder();
  const workspace = openWorkspace(dir);
  writeFileSync(workspace.stage().path('lake', 'a'), 'x');
  workspace.close();
  const again = openWorkspace(dir);
  assert.equal(again.has('lake'), false);
  assert.equal(again.has('.staging'), false);
  again.close();
});
