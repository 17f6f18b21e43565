/** A thread of a `Machine`: takes tasks of the round while there are any, then sleeps until the next. */
import { workerData } from 'node:worker_threads';
import { CONTROL, type Kernel, SPINS, TASK_WORDS, type WorkerData } from './machine.ts';

const { module, memory, control: block, names, worker } = workerData as WorkerData;
const control = new Int32Array(block);
const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Record<string, Kernel>;
kernels.setWorker!(worker);

for (let round = 0; ; ) {
  for (let spins = 0; spins < SPINS && Atomics.load(control, CONTROL.round) === round; spins++);
  while (Atomics.load(control, CONTROL.round) === round) Atomics.wait(control, CONTROL.round, round);
  round = Atomics.load(control, CONTROL.round);
  if (Atomics.load(control, CONTROL.over) === 1) break;
  // First in, then a look whether the round is still open: the caller shuts it first, then looks who is in.
  Atomics.add(control, CONTROL.busy, 1);
  try {
    if (Atomics.load(control, CONTROL.open) === 1) run(kernels[names[control[CONTROL.kernel]!]!]!);
  } catch {
    Atomics.store(control, CONTROL.failed, 1);
  }
  if (Atomics.sub(control, CONTROL.busy, 1) === 1) Atomics.notify(control, CONTROL.busy);
}

function run(kernel: Kernel): void {
  const count = control[CONTROL.tasks]!;
  const words = new Float64Array(memory.buffer, control[CONTROL.address]! >>> 0, count * TASK_WORDS);
  for (let i = Atomics.add(control, CONTROL.next, 1); i < count; i = Atomics.add(control, CONTROL.next, 1)) {
    const from = i * TASK_WORDS;
    kernel(...words.subarray(from + 1, from + 1 + words[from]!));
  }
}
