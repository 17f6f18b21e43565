// Aim: the compiled layers of a sequence network give the bits of their plain twins, alone and as a program.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCompiledKernels, Machine } from './machine.ts';
import { exp32 } from './plain/layers.ts';
import { type Instruction, writeProgram } from './program.ts';
import { random } from './random.ts';

const skip = hasCompiledKernels() ? false : 'the compiled kernels are missing';
const [ROWS, WIDTH, HEADS, DRAWN, ITEMS] = [11, 8, 2, 12, 9];
const OFFSETS = [0, 1, 4, 4, 11];

interface World {
  readonly machine: Machine;
  readonly from: number;
  readonly at: Record<
    'x' | 'y' | 'z' | 'w' | 'vector' | 'stats' | 'index' | 'items' | 'offsets' | 'loss' | 'scratch' | 'code',
    number
  >;
}

function world(variant: 'compiled' | 'plain'): World {
  const machine = new Machine({ variant, threads: 1 });
  const draw = random(11);
  const from = machine.allocate(64);
  const floats = (count: number) => {
    const at = machine.allocate(4 * count);
    const view = machine.f32(at, count);
    for (let i = 0; i < count; i++) view[i] = draw.normal();
    return at;
  };
  const wholes = (values: readonly number[]) => {
    const at = machine.allocate(4 * values.length);
    machine.i32(at, values.length).set(values);
    return at;
  };
  const big = ROWS * WIDTH * 3;
  const at = {
    x: floats(big),
    y: floats(big),
    z: floats(big),
    w: floats(ROWS * DRAWN + big),
    vector: floats(64),
    stats: floats(2 * ROWS),
    index: wholes(Array.from({ length: ROWS }, () => draw.integer(ITEMS))),
    items: wholes(Array.from({ length: DRAWN }, () => draw.integer(ITEMS))),
    offsets: wholes(OFFSETS),
    loss: floats(2),
    scratch: machine.allocate(8192),
    code: machine.allocate(8 * 2048),
  };
  machine.f64(at.loss, 1)[0] = 0;
  return { machine, from, at };
}

/** Content of the memory after `run`, the kernels' scratch and the program itself left out. */
function after(variant: 'compiled' | 'plain', run: (world: World) => void): readonly number[] {
  const own = world(variant);
  run(own);
  const { machine, from, at } = own;
  machine.u8(at.scratch, 8192).fill(0);
  const count = (at.scratch - from) >> 2;
  return Array.from(machine.i32(from, count));
}

/** Addresses differ between variants only by where memory begins, so `index`-like words are equal. */
const steps = ({ at }: World): readonly Instruction[] => [
  ['norm32', at.x, at.vector, at.y, at.stats, ROWS, WIDTH],
  ['normBack32', at.x, at.vector, at.stats, at.z, at.y, at.vector, ROWS, WIDTH],
  ['attend32', at.x, at.offsets, 4, HEADS, WIDTH, at.w, at.y],
  ['attendBack32', at.x, at.offsets, 4, HEADS, WIDTH, at.w, at.y, at.z, at.vector],
  ['embed32', at.x, at.index, at.z, at.index, 0.3, at.y, ROWS, WIDTH],
  ['embed32', at.x, at.index, 0, 0, 0.3, at.y, ROWS, WIDTH],
  ['dropout32', at.y, ROWS * WIDTH, 4_000_000_000, 2 ** 31, 2],
  ['bias32', at.y, at.vector, 1, ROWS, WIDTH],
  ['biasBack32', at.y, at.z, at.vector, 1, ROWS, WIDTH],
  ['bias32', at.y, at.vector, 0, ROWS, WIDTH],
  ['transpose32', at.y, at.z, ROWS, WIDTH],
  ['gatherBy32', at.x, at.index, at.vector, at.y, ROWS, WIDTH],
  ['add32s', at.y, at.x, ROWS * WIDTH - 1],
  ['gemm32', at.x, at.y, at.z, 5, 7, 8, at.scratch],
  [
    'softmaxDrawn32',
    at.x,
    at.y,
    at.index,
    at.items,
    at.vector,
    at.vector,
    at.w,
    at.stats,
    0.01,
    at.loss,
    ROWS,
    WIDTH,
    DRAWN,
  ],
  ['scatter32', at.x, at.index, 0.7, at.y, ROWS, WIDTH],
  ['clear32', at.x, 5],
];

test('each layer gives the bits of its twin', { skip }, () => {
  for (const [i, [name]] of steps(world('plain')).entries()) {
    const run = (own: World) => {
      const [kernel, ...args] = steps(own)[i]!;
      own.machine.call(kernel, ...args);
    };
    assert.deepEqual(after('compiled', run), after('plain', run), name);
  }
});

test('updates and sums over rows give the bits of their twins', { skip }, () => {
  const both = (run: (own: World) => void) => assert.deepEqual(after('compiled', run), after('plain', run));
  both(({ machine, at }) => machine.call('scatterBy32', at.x, at.index, at.vector, at.y, ROWS, WIDTH));
  both(({ machine, at }) => {
    machine.f32(at.w, 200).forEach((value, i, all) => {
      all[i] = Math.abs(value);
    });
    machine.call('adam32', at.x, at.y, at.z, at.w, 4, 44, 1e-3, 1e-8, 0.9, 0.98, 1e-4);
  });
  for (const base of [0, 1])
    both(({ machine, at }) =>
      machine.call('mixRows32', at.offsets, at.index, at.z, at.x, base * at.y, at.w, 1, 4, WIDTH),
    );
});

test('a program does what its kernels do one by one', { skip }, () => {
  const whole = (own: World) =>
    void own.machine.call('runProgram', writeProgram(own.machine, own.at.code, 2048, steps(own)));
  const single = (own: World) => {
    for (const [kernel, ...args] of steps(own)) own.machine.call(kernel, ...args);
  };
  const expected = after('plain', single);
  assert.deepEqual(after('compiled', whole), expected);
  assert.deepEqual(after('plain', whole), expected);
  const { machine, at } = world('plain');
  assert.throws(() => writeProgram(machine, at.code, 3, [['clear32', at.x, 5]]), RangeError);
});

test('exp in 32 bits is within 2 units in the last place', () => {
  for (let x = -86.5; x < 86.5; x += 0.37) {
    const exact = Math.exp(Math.fround(x));
    assert.ok(Math.abs(exp32(x) / exact - 1) < 2 * 2 ** -23, `${x}`);
  }
});
