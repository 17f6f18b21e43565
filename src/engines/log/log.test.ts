// Aim: what was acknowledged is there after any crash, torn write, full disk or failed sync; what is damaged is never served.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { random } from '#kernels/random.ts';
import { folderDisk } from './disk.ts';
import { type FaultyDisk, faultyDisk } from './faulty-disk.ts';
import { type Log, type LogOptions, openLog } from './log.ts';

/** Full counts of the promises: node src/engines/log/log.test.ts --full. */
const FULL = process.argv.includes('--full');
const bytesOf = (text: string): Uint8Array => Buffer.from(text);

async function allOf(log: Log, from = log.oldest): Promise<string[]> {
  const out: string[] = [];
  let next = from;
  for await (const { first, records } of log.read(from)) {
    assert.equal(first, next);
    for (const record of records) out.push(Buffer.from(record).toString());
    next += records.length;
  }
  assert.equal(next, Math.max(from, log.next));
  return out;
}

test('appends are numbered and read back, over segments and openings, on a real folder', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tierwise-log-'));
  const options: LogOptions = { segmentBytes: 2000 };
  let log = await openLog(await folderDisk(dir), options);
  const said: string[] = [];
  for (let i = 0; i < 40; i++) {
    const batch = Array.from({ length: i % 5 }, (_, k) => `record ${i}/${k} 茶 ${'x'.repeat((i * 7) % 90)}`);
    assert.equal(await log.append(batch.map(bytesOf)), said.length);
    said.push(...batch);
  }
  assert.deepEqual(await allOf(log), said);
  await log.close();
  await assert.rejects(log.append([bytesOf('late')]), { code: 'LOG_FAILED' });
  log = await openLog(await folderDisk(dir), options);
  assert.equal(log.next, said.length);
  assert.equal(log.cutBytes, 0);
  assert.deepEqual(await allOf(log), said);
  assert.deepEqual(await allOf(log, 33), said.slice(33));
  assert.ok((await log.trim(40)) > 0);
  assert.ok(log.oldest > 0 && log.oldest <= 40);
  assert.deepEqual(await allOf(log), said.slice(log.oldest));
  await log.close();
  log = await openLog(await folderDisk(dir), options);
  assert.deepEqual(await allOf(log), said.slice(log.oldest));
  await log.close();
  rmSync(dir, { recursive: true });
});

test('appends that come together share a sync, in the order in which they came', async () => {
  const disk = faultyDisk();
  let syncs = 0;
  disk.fault = (call) => {
    if (call === 'sync') syncs++;
    return undefined;
  };
  const log = await openLog(disk);
  syncs = 0;
  const firsts = await Promise.all(Array.from({ length: 500 }, (_, i) => log.append([bytesOf(`a${i}`), bytesOf('b')])));
  assert.deepEqual(
    firsts,
    Array.from({ length: 500 }, (_, i) => 2 * i),
  );
  assert.ok(syncs <= 2, `${syncs}`);
});

/** Appends until the power goes at a drawn moment; what must be there afterwards, and what may. */
async function untilCrash(disk: FaultyDisk, seed: number): Promise<{ acked: string[]; sent: string[] }> {
  const draw = random(seed);
  const acked: string[] = [];
  const sent: string[] = [];
  for (let life = 0; life < 3; life++) {
    const log = await openLog(disk, { segmentBytes: 1500 });
    const there = await allOf(log);
    for (const [i, one] of acked.entries()) assert.equal(there[i], one, `lost ${one}`);
    for (const [i, one] of there.entries()) assert.equal(one, sent[i], `invented ${one}`);
    acked.splice(0, acked.length, ...there);
    sent.splice(0, sent.length, ...there);
    let calls = Math.floor(draw.uniform() * 25);
    disk.fault = () => (calls-- <= 0 ? 'EPOWER' : undefined);
    for (let k = 0; k < 8; k++) {
      const batch = Array.from(
        { length: 1 + Math.floor(draw.uniform() * 6) },
        (_, j) => `${seed}/${life}/${k}/${j} ${'y'.repeat(Math.floor(draw.uniform() * 400))}`,
      );
      sent.push(...batch);
      const first = await log.append(batch.map(bytesOf)).catch(() => -1);
      if (first < 0) break;
      acked.push(...batch);
    }
    disk.fault = undefined;
    disk.cutPower(seed * 31 + life);
  }
  return { acked, sent };
}

test('power cuts: nothing acknowledged is lost, nothing is invented', async () => {
  for (let seed = 1; seed <= (FULL ? 10_000 : 300); seed++) {
    const disk = faultyDisk();
    const { acked, sent } = await untilCrash(disk, seed);
    const there = await allOf(await openLog(disk));
    assert.deepEqual(there.slice(0, acked.length), acked, `seed ${seed}`);
    assert.deepEqual(there, sent.slice(0, there.length), `seed ${seed}`);
  }
});

test('the broken control: a disk that only says it synced loses what was acknowledged', async () => {
  let lost = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const disk = faultyDisk();
    disk.lies = true;
    lost += await untilCrash(disk, seed).then(
      async ({ acked }) => {
        const there = await openLog(disk).then(
          (log) => allOf(log),
          () => [],
        );
        return acked.every((one, i) => there[i] === one) ? 0 : 1;
      },
      () => 1,
    );
  }
  assert.ok(lost > 10, `${lost} of 40`);
});

test('a flipped bit or a cut anywhere is noticed and never served', async () => {
  const said = Array.from({ length: 60 }, (_, i) => `record ${i} ${'z'.repeat(i)}`);
  const filled = async (): Promise<FaultyDisk> => {
    const disk = faultyDisk();
    const log = await openLog(disk, { segmentBytes: 500 });
    for (let i = 0; i < said.length; i += 3) await log.append(said.slice(i, i + 3).map(bytesOf));
    await log.close();
    return disk;
  };
  const names = (await (await filled()).list()).filter((name) => name.endsWith('.log'));
  assert.ok(names.length > 3);
  const draw = random(7);
  for (let trial = 0; trial < (FULL ? 2000 : 250); trial++) {
    const disk = await filled();
    const name = names[Math.floor(draw.uniform() * names.length)]!;
    const cut = draw.uniform() < 0.3;
    const size = disk.bytes(name);
    if (cut) await (await disk.open(name)).truncate(Math.floor(draw.uniform() * size));
    else disk.flip(name, Math.floor(draw.uniform() * size * 8));
    const noticed = await openLog(disk).then(
      async (log) => {
        const there: string[] = [];
        try {
          for await (const { records } of log.read(0)) there.push(...records.map((one) => Buffer.from(one).toString()));
        } catch (error) {
          assert.equal((error as { code: string }).code, 'LOG_BROKEN');
          return true;
        } finally {
          assert.deepEqual(there, said.slice(0, there.length));
        }
        // the end of the last segment looks like a write that a crash tore: cut off and told, or gone without a trace
        return log.cutBytes > 0 || log.next < said.length;
      },
      (error: { code: string }) => error.code === 'LOG_BROKEN',
    );
    assert.ok(noticed, `trial ${trial}`);
  }
});

test('a full disk refuses, keeps nothing of what it refused, and goes on when there is room', async () => {
  for (let room = 20; room < (FULL ? 2020 : 420); room++) {
    const disk = faultyDisk();
    const log = await openLog(disk, { segmentBytes: 700 });
    disk.room = room;
    const kept: string[] = [];
    let refused = 0;
    for (let i = 0; i < 12; i++) {
      const one = `record ${i} ${'w'.repeat(i * 5)}`;
      await log.append([bytesOf(one)]).then(
        () => kept.push(one),
        (error: { code: string }) => {
          assert.equal(error.code, 'LOG_FULL');
          refused++;
        },
      );
    }
    disk.room = undefined;
    await log.append([bytesOf('again')]);
    kept.push('again');
    assert.ok(refused > 0 || room > 400);
    assert.deepEqual(await allOf(log), kept);
    await log.close();
    assert.deepEqual(await allOf(await openLog(disk)), kept);
  }
});

test('after a failed sync nothing more is taken, and what was refused is not there', async () => {
  const disk = faultyDisk();
  const log = await openLog(disk);
  await log.append([bytesOf('one')]);
  disk.fault = (call) => (call === 'sync' ? 'EIO' : undefined);
  await assert.rejects(log.append([bytesOf('two')]), { code: 'LOG_FAILED' });
  disk.fault = undefined;
  await assert.rejects(log.append([bytesOf('three')]), { code: 'LOG_FAILED' });
  assert.deepEqual(await allOf(log), ['one']);
  const again = await openLog(disk);
  assert.deepEqual(await allOf(again), ['one']);
  await again.append([bytesOf('two')]);
  assert.deepEqual(await allOf(again), ['one', 'two']);
});

test('more than may wait is refused at once, the rest is kept', async () => {
  const disk = faultyDisk();
  const log = await openLog(disk, { waitingBytesMax: 1000 });
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) => log.append([bytesOf(`${i}`.padEnd(100))])),
  );
  const refused = results.filter(({ status }) => status === 'rejected');
  assert.equal(refused.length, 10);
  for (const one of refused) assert.equal(((one as PromiseRejectedResult).reason as { code: string }).code, 'LOG_BUSY');
  assert.equal(log.next, 10);
  await log.append([bytesOf('x'.repeat(5000))]);
  assert.equal(log.next, 11);
});
