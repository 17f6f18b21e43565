/**
 * One block of memory, the kernels that work on it, and the threads that run them.
 *
 * Kernels take byte addresses and plain numbers. They are compiled from `assembly/` to WebAssembly; `plain/` holds a
 * twin of each in TypeScript that works on the same memory, is the reference in tests, and stands in where the compiled
 * file is missing. A list of tasks is shared out among threads as they come free, so a task must depend on nothing but
 * its arguments: then the answer is the same bits on one thread and on several.
 */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { plainKernels } from './plain/index.ts';

export type Kernel = (...args: number[]) => number | undefined;

export interface MachineOptions {
  /** Threads that share a list of tasks, the caller's own among them; default: one a core. */
  readonly threads?: number;
  /** 'compiled' unless the compiled file is missing. */
  readonly variant?: 'compiled' | 'plain';
}

/** What a worker thread is started with. */
export interface WorkerData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: SharedArrayBuffer;
  readonly names: readonly string[];
  readonly worker: number;
}

/**
 * Words of the control block: number of the round, its kernel, next task, tasks and their address; workers inside it;
 * whether a task failed; whether it is open to enter; whether all is over.
 */
export const CONTROL = {
  round: 0,
  kernel: 1,
  next: 2,
  tasks: 3,
  address: 4,
  busy: 5,
  failed: 6,
  open: 7,
  over: 8,
  words: 9,
} as const;
/** Arguments of one task, f64 each; the first word of a task is their count. */
export const TASK_WORDS = 24;

/** Looks at a word before a thread goes to sleep over it: some tens of microseconds, about what waking costs. */
export const SPINS = 20_000;

const COMPILED = new URL('../../build/kernels.wasm', import.meta.url);
const PAGE = 65_536;
const PAGES_MAX = 65_536;

let compiled: WebAssembly.Module | undefined;

/** True where set-up has compiled the kernels. */
export const hasCompiledKernels = (): boolean => existsSync(COMPILED);

export class Machine {
  readonly threads: number;
  readonly variant: 'compiled' | 'plain';
  readonly #memory: WebAssembly.Memory;
  readonly #kernels: Readonly<Record<string, Kernel>>;
  readonly #names: readonly string[];
  readonly #control: Int32Array<SharedArrayBuffer>;
  #workers = 0;
  #module: WebAssembly.Module | undefined;
  #top: number;
  #tasksAt = 0;
  #tasksRoom = 0;

  /** Opens a machine; `close` it in a finally. Threads start with the first list of tasks that needs them. */
  constructor({ threads = availableParallelism(), variant }: MachineOptions = {}) {
    this.variant = variant ?? (hasCompiledKernels() ? 'compiled' : 'plain');
    this.threads = this.variant === 'plain' ? 1 : Math.max(1, Math.floor(threads));
    this.#memory = new WebAssembly.Memory({ initial: 256, maximum: PAGES_MAX, shared: true });
    this.#control = new Int32Array(new SharedArrayBuffer(4 * CONTROL.words));
    if (this.variant === 'compiled') {
      compiled ??= new WebAssembly.Module(readFileSync(COMPILED));
      this.#module = compiled;
      const { exports } = new WebAssembly.Instance(compiled, { env: { memory: this.#memory } });
      this.#kernels = exports as unknown as Record<string, Kernel>;
      this.#top = align(this.call('heapBase'), 64);
    } else {
      this.#kernels = plainKernels(this);
      this.#top = 1024;
    }
    this.#names = Object.keys(this.#kernels).sort();
  }

  /**
   * Address of `bytes` fresh bytes, aligned to 64; their content is not cleared.
   *
   * @throws RangeError when the four gigabytes that 32-bit addresses reach are used up
   */
  allocate(bytes: number): number {
    const at = this.#top;
    const end = at + bytes;
    const have = this.#memory.buffer.byteLength;
    if (end > have) {
      if (end > PAGE * (PAGES_MAX - 1)) throw new RangeError(`${end} bytes asked of the kernels' memory of 4 GiB`);
      const wanted = Math.min(Math.max(end, Math.min(have * 1.25, have + 2 ** 26)), PAGE * (PAGES_MAX - 1));
      this.#memory.grow(Math.ceil((wanted - have) / PAGE));
    }
    this.#top = align(end, 64);
    return at;
  }

  /** A place to go back to: `release(mark())` gives back all that was allocated in between. */
  mark(): number {
    return this.#top;
  }

  release(mark: number): void {
    this.#top = mark;
    if (this.#tasksAt + this.#tasksRoom > mark) this.#tasksRoom = 0;
  }

  /** Bytes of the block so far. */
  get bytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Views go stale when `allocate` grows the block: take them after. */
  u8(at: number, length: number): Uint8Array<SharedArrayBuffer> {
    return new Uint8Array(this.#buffer, at, length);
  }

  u16(at: number, length: number): Uint16Array<SharedArrayBuffer> {
    return new Uint16Array(this.#buffer, at, length);
  }

  i32(at: number, length: number): Int32Array<SharedArrayBuffer> {
    return new Int32Array(this.#buffer, at, length);
  }

  u32(at: number, length: number): Uint32Array<SharedArrayBuffer> {
    return new Uint32Array(this.#buffer, at, length);
  }

  f32(at: number, length: number): Float32Array<SharedArrayBuffer> {
    return new Float32Array(this.#buffer, at, length);
  }

  f64(at: number, length: number): Float64Array<SharedArrayBuffer> {
    return new Float64Array(this.#buffer, at, length);
  }

  get #buffer(): SharedArrayBuffer {
    return this.#memory.buffer as unknown as SharedArrayBuffer;
  }

  /** Runs one kernel on the calling thread; what it returns, 0 where it returns nothing. */
  call(name: string, ...args: number[]): number {
    return this.#kernel(name)(...args) ?? 0;
  }

  /**
   * Runs a kernel once a task, on all threads; returns when all are done.
   *
   * @param tasks arguments of each task, at most 23 numbers
   */
  each(name: string, tasks: readonly (readonly number[])[]): void {
    if (tasks.length === 0) return;
    if (this.threads === 1 || tasks.length === 1) {
      const kernel = this.#kernel(name);
      for (const task of tasks) kernel(...task);
      return;
    }
    this.#kernel(name);
    this.#start();
    if (tasks.length > this.#tasksRoom) {
      this.#tasksAt = this.allocate(tasks.length * TASK_WORDS * 8);
      this.#tasksRoom = tasks.length;
    }
    const words = this.f64(this.#tasksAt, tasks.length * TASK_WORDS);
    for (const [i, task] of tasks.entries()) {
      words[i * TASK_WORDS] = task.length;
      words.set(task, i * TASK_WORDS + 1);
    }
    const control = this.#control;
    control[CONTROL.kernel] = this.#names.indexOf(name);
    control[CONTROL.tasks] = tasks.length;
    control[CONTROL.address] = this.#tasksAt;
    Atomics.store(control, CONTROL.next, 0);
    Atomics.store(control, CONTROL.open, 1);
    Atomics.add(control, CONTROL.round, 1);
    Atomics.notify(control, CONTROL.round);
    const kernel = this.#kernel(name);
    let fault: unknown;
    try {
      for (let i = Atomics.add(control, CONTROL.next, 1); i < tasks.length; i = Atomics.add(control, CONTROL.next, 1))
        kernel(...tasks[i]!);
    } catch (error) {
      fault = error;
    }
    // whoever has not come in by now need not: all tasks are taken, and a worker that sleeps or never started is not waited for
    Atomics.store(control, CONTROL.open, 0);
    for (let spins = 0; spins < SPINS && Atomics.load(control, CONTROL.busy) > 0; spins++);
    for (let busy = Atomics.load(control, CONTROL.busy); busy > 0; busy = Atomics.load(control, CONTROL.busy))
      Atomics.wait(control, CONTROL.busy, busy);
    if (fault !== undefined) throw fault;
    if (Atomics.exchange(control, CONTROL.failed, 0) !== 0) throw new Error(`kernel ${name} failed on a worker thread`);
  }

  /** Ends the threads. The memory goes with the last reference to the machine. */
  close(): void {
    if (this.#workers === 0) return;
    Atomics.store(this.#control, CONTROL.over, 1);
    Atomics.add(this.#control, CONTROL.round, 1);
    Atomics.notify(this.#control, CONTROL.round);
    this.#workers = 0;
  }

  #kernel(name: string): Kernel {
    const kernel = this.#kernels[name];
    if (kernel === undefined) throw new TypeError(`no kernel ${name}; have ${Object.keys(this.#kernels)}`);
    return kernel;
  }

  #start(): void {
    if (this.#workers > 0) return;
    for (let worker = 1; worker < this.threads; worker++) {
      const workerData: WorkerData = {
        module: this.#module!,
        memory: this.#memory,
        control: this.#control.buffer,
        names: this.#names,
        worker,
      };
      new Worker(new URL('./machine-worker.ts', import.meta.url), { workerData }).unref();
      this.#workers++;
    }
  }
}

const align = (at: number, to: number): number => Math.ceil(at / to) * to;
