/**
 * A list of kernels to run one after the other as one task of a `Machine`: so threads meet once a list and not once a
 * kernel. Words (f64): number of the kernel, count of its arguments, the arguments; -1 ends the list.
 */
import type { Machine } from './machine.ts';

/** In the order in which `assembly/program.ts` numbers them. */
export const PROGRAM_KERNELS = [
  'gemm32',
  'clear32',
  'add32s',
  'transpose32',
  'embed32',
  'gatherBy32',
  'dropout32',
  'norm32',
  'normBack32',
  'bias32',
  'biasBack32',
  'attend32',
  'attendBack32',
  'softmaxDrawn32',
  'scatter32',
] as const;

export type ProgramKernel = (typeof PROGRAM_KERNELS)[number];
export type Instruction = readonly [kernel: ProgramKernel, ...args: number[]];

/**
 * Writes `program` at `at`, which has room for `room` words, and gives back `at`: the argument of kernel `runProgram`.
 *
 * @throws RangeError when it doesn't fit
 */
export function writeProgram(machine: Machine, at: number, room: number, program: readonly Instruction[]): number {
  const words: number[] = [];
  for (const [kernel, ...args] of program) words.push(PROGRAM_KERNELS.indexOf(kernel), args.length, ...args);
  words.push(-1);
  if (words.length > room) throw new RangeError(`a program of ${words.length} words where there is room for ${room}`);
  machine.f64(at, words.length).set(words);
  return at;
}
