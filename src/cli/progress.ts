/** A progress line on a terminal: stage, share done, rate and time left. Silent where standard error is no terminal. */

export interface Progress {
  /** Begins a stage; the stage before it is closed with its seconds. */
  stage(name: string): void;
  /** Moves the bar of the present stage. `total` 0 means unknown. */
  step(done: number, total: number, unit: string): void;
  /** Closes the last stage. */
  end(): void;
}

export const silent: Progress = { stage: () => {}, step: () => {}, end: () => {} };

/**
 * A progress line written to `stream`, redrawn at most ten times a second; a stage that tells no steps shows its seconds.
 *
 * @param clock milliseconds
 */
export function terminalProgress(stream: NodeJS.WriteStream, clock: () => number = () => performance.now()): Progress {
  let name = '';
  let from = 0;
  let drawn = 0;
  let last = '';
  let ticking: ReturnType<typeof setInterval> | undefined;
  const draw = (text: string): void => {
    const width = Math.max((stream.columns || 80) - 1, 20);
    stream.write(`\r\x1b[2K${text.slice(0, width)}`);
  };
  const close = (): void => {
    clearInterval(ticking);
    if (name !== '')
      stream.write(`\r\x1b[2K  ✓ ${name.padEnd(18)} ${((clock() - from) / 1000).toFixed(1).padStart(6)} s${last}\n`);
    name = '';
    last = '';
  };
  return {
    stage: (next) => {
      close();
      name = next;
      from = clock();
      drawn = 0;
      draw(`  ▸ ${name}`);
      const tick = (): void => {
        if (drawn === 0) draw(`  ▸ ${name.padEnd(18)} ${Math.round((clock() - from) / 1000)} s`);
      };
      ticking = setInterval(tick, 1000).unref();
    },
    step: (done, total, unit) => {
      const at = clock();
      last = total > 0 && done >= total ? `   ${count(done)} ${unit}` : last;
      if (at - drawn < 100) return;
      drawn = at;
      const seconds = (at - from) / 1000;
      const rate = seconds > 0 ? done / seconds : 0;
      const share = total > 0 ? Math.min(done / total, 1) : 0;
      const bar =
        total > 0
          ? `${'█'.repeat(Math.round(share * 20)).padEnd(20, '░')} ${String(Math.round(share * 100)).padStart(3)} %`
          : count(done);
      const left = total > 0 && rate > 0 ? `, ${Math.ceil((total - done) / rate)} s left` : '';
      draw(`  ▸ ${name.padEnd(18)} ${bar}  ${count(rate)} ${unit}/s${left}`);
    },
    end: close,
  };
}

const count = (value: number): string =>
  value >= 1e6
    ? `${(value / 1e6).toFixed(1)}M`
    : value >= 1e4
      ? `${Math.round(value / 1e3)}k`
      : String(Math.round(value));
