// A list of kernels to run one after the other as one task: so threads meet once a list and not once a kernel.
import { gemm32 } from './dense';
import {
  add32s, attend32, attendBack32, bias32, biasBack32, clear32, dropout32, embed32, gatherBy32, norm32, normBack32, scatter32, softmaxDrawn32,
  transpose32,
} from './layers';

@inline
function u(at: usize, i: usize): usize {
  return <usize>load<f64>(at + (i << 3));
}

@inline
function n(at: usize, i: usize): i32 {
  return <i32>load<f64>(at + (i << 3));
}

@inline
function f(at: usize, i: usize): f32 {
  return <f32>load<f64>(at + (i << 3));
}

/** Words (f64) at `at`: number of the kernel (its place in PROGRAM_KERNELS), count of arguments, arguments; -1 ends it. */
export function runProgram(at: usize): void {
  for (;;) {
    const kernel = n(at, 0);
    if (kernel < 0) return;
    const a = at + 16;
    switch (kernel) {
      case 0: gemm32(u(a, 0), u(a, 1), u(a, 2), n(a, 3), n(a, 4), n(a, 5), u(a, 6)); break;
      case 1: clear32(u(a, 0), n(a, 1)); break;
      case 2: add32s(u(a, 0), u(a, 1), n(a, 2)); break;
      case 3: transpose32(u(a, 0), u(a, 1), n(a, 2), n(a, 3)); break;
      case 4: embed32(u(a, 0), u(a, 1), u(a, 2), u(a, 3), f(a, 4), u(a, 5), n(a, 6), n(a, 7)); break;
      case 5: gatherBy32(u(a, 0), u(a, 1), u(a, 2), u(a, 3), n(a, 4), n(a, 5)); break;
      case 6: dropout32(u(a, 0), n(a, 1), <u32>load<f64>(a + 16), <u32>load<f64>(a + 24), f(a, 4)); break;
      case 7: norm32(u(a, 0), u(a, 1), u(a, 2), u(a, 3), n(a, 4), n(a, 5)); break;
      case 8: normBack32(u(a, 0), u(a, 1), u(a, 2), u(a, 3), u(a, 4), u(a, 5), n(a, 6), n(a, 7)); break;
      case 9: bias32(u(a, 0), u(a, 1), n(a, 2), n(a, 3), n(a, 4)); break;
      case 10: biasBack32(u(a, 0), u(a, 1), u(a, 2), n(a, 3), n(a, 4), n(a, 5)); break;
      case 11: attend32(u(a, 0), u(a, 1), n(a, 2), n(a, 3), n(a, 4), u(a, 5), u(a, 6)); break;
      case 12: attendBack32(u(a, 0), u(a, 1), n(a, 2), n(a, 3), n(a, 4), u(a, 5), u(a, 6), u(a, 7), u(a, 8)); break;
      case 13:
        softmaxDrawn32(
          u(a, 0), u(a, 1), u(a, 2), u(a, 3), u(a, 4), u(a, 5), u(a, 6), u(a, 7), f(a, 8), u(a, 9), n(a, 10), n(a, 11), n(a, 12),
        );
        break;
      case 14: scatter32(u(a, 0), u(a, 1), f(a, 2), u(a, 3), n(a, 4), n(a, 5)); break;
    }
    at = a + (<usize>n(at, 1) << 3);
  }
}
