/**
 * The whole loop as a process: wall and CPU seconds and peak memory of `run` on a data folder, three times each.
 * `npm run bench -- run [DIR ...]`; default: the public sets of ../shared/data.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = new URL('..', import.meta.url).pathname;
const sets =
  process.argv.length > 2
    ? process.argv.slice(2)
    : ['completejourney', 'online-retail-ii'].map((name) => join(ROOT, '../shared/data', name));

for (const data of sets) {
  if (!existsSync(data)) {
    console.log(JSON.stringify({ bench: 'run', data, skipped: 'no such folder' }));
    continue;
  }
  const runs: Run[] = [];
  for (let i = 0; i < 3; i++) runs.push(await once(data));
  const median = (pick: (run: Run) => number): number => runs.map(pick).sort((a, b) => a - b)[1]!;
  console.log(
    JSON.stringify({
      bench: 'run',
      data: data.split('/').at(-1),
      cores: availableParallelism(),
      cpu: cpus()[0]?.model,
      wallSeconds: median((run) => run.wall),
      cpuSeconds: median((run) => run.cpu),
      peakRssMb: median((run) => run.peakMb),
      stages: runs[1]!.seconds,
    }),
  );
}

interface Run {
  readonly wall: number;
  readonly cpu: number;
  readonly peakMb: number;
  readonly seconds: unknown;
}

async function once(data: string): Promise<Run> {
  const workspace = mkdtempSync(join(tmpdir(), 'tierwise-bench-'));
  const from = performance.now();
  let out = '';
  let peakMb = 0;
  let cpu = 0;
  const child = spawn(
    process.execPath,
    [join(ROOT, 'src/app.ts'), 'run', '--workspace', workspace, '--data', data, '--json'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  const watch = setInterval(() => {
    const status = procfile(child.pid, 'status');
    peakMb = Math.max(peakMb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    const fields = procfile(child.pid, 'stat').split(') ')[1]?.split(' ') ?? [];
    cpu = Math.max(cpu, (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100);
  }, 50);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(watch);
  rmSync(workspace, { recursive: true, force: true });
  if (code !== 0) throw new Error(`run on ${data} ended with ${code}`);
  const report = JSON.parse(out) as { seconds: unknown; peakRssMb: number };
  return {
    wall: (performance.now() - from) / 1000,
    cpu,
    peakMb: Math.max(peakMb, report.peakRssMb),
    seconds: report.seconds,
  };
}

function procfile(pid: number | undefined, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
