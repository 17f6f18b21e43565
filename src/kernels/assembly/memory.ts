// Where the arena may begin, and which worker this instance runs on.

/** Index of the worker that runs this instance, 0 for the calling thread. */
export let worker: i32 = 0;

export function setWorker(index: i32): void {
  worker = index;
}

/** First byte that the module itself does not use. */
export function heapBase(): usize {
  return __heap_base;
}
