// The k best items of each user by inner product, without a matrix of users x items.
import { gemm32 } from './dense';
import { worker } from './memory';

/** Items of one tile. */
const TILE: i32 = 1024;
/** Users that are scored together. */
const USERS: i32 = 64;

/**
 * Users [from, to) of f32 [users x width] against `count` items, given in tiles of 1024 (the last may be shorter), each
 * [width x items of the tile]. Items of i32 `seen` [offsets[user], offsets[user + 1]), rising, are left out (offsets 0:
 * none). Scores and indices, f32 and i32 [users x k], best first, of equal scores the lower index first; where there are
 * fewer than k the rest is -infinity and -1. scratch: 4 * 1024 * 64 bytes a worker; panels: 8192 bytes a worker.
 */
export function factorTop(
  users: usize, from: i32, to: i32, width: i32, tiles: usize, count: i32, k: i32, offsets: usize, seen: usize,
  scores: usize, indices: usize, scratch: usize, panels: usize,
): void {
  const held = scratch + <usize>worker * 4 * TILE * USERS;
  for (let start = from; start < to; start += USERS) {
    const rows = min(USERS, to - start);
    for (let i = <usize>start * k; i < <usize>(start + rows) * k; i++) {
      store<f32>(scores + (i << 2), -Infinity);
      store<i32>(indices + (i << 2), -1);
    }
    for (let first = 0; first < count; first += TILE) {
      const columns = min(TILE, count - first);
      memory.fill(held, 0, 4 * <usize>rows * columns);
      gemm32(users + ((<usize>start * width) << 2), tiles + ((<usize>first * width) << 2), held, rows, columns, width, panels);
      for (let r = 0; r < rows; r++) {
        const row = held + ((<usize>r * columns) << 2);
        if (offsets) hide(row, first, columns, offsets + (<usize>(start + r) << 2), seen);
        const at = (<usize>(start + r) * k) << 2;
        keep(row, first, columns, scores + at, indices + at, k);
      }
    }
    for (let r = 0; r < rows; r++) {
      const at = (<usize>(start + r) * k) << 2;
      order(scores + at, indices + at, k);
    }
  }
}

/** The scores of what the user has become -infinity. */
function hide(row: usize, first: i32, columns: i32, offsets: usize, seen: usize): void {
  let low = load<i32>(offsets);
  let high = load<i32>(offsets, 4);
  const end = high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<i32>(seen + (<usize>middle << 2)) < first) low = middle + 1;
    else high = middle;
  }
  for (let e = low; e < end; e++) {
    const item = load<i32>(seen + (<usize>e << 2)) - first;
    if (item >= columns) break;
    store<f32>(row + (<usize>item << 2), -Infinity);
  }
}

/** Offers a row of scores to a heap of k whose root is the worst. Indices rise, so of equal scores those held stay. */
function keep(row: usize, first: i32, columns: i32, scores: usize, indices: usize, k: i32): void {
  let worst = load<f32>(scores);
  let limit = f32x4.splat(worst);
  let j = 0;
  for (; j + 4 <= columns; j += 4) {
    const four = v128.load(row + (<usize>j << 2));
    if (!v128.any_true(f32x4.gt(four, limit))) continue;
    for (let l = 0; l < 4; l++) {
      const score = load<f32>(row + (<usize>(j + l) << 2));
      if (score > worst) {
        sink(scores, indices, k, 0, score, first + j + l);
        worst = load<f32>(scores);
      }
    }
    limit = f32x4.splat(worst);
  }
  for (; j < columns; j++) {
    const score = load<f32>(row + (<usize>j << 2));
    if (score > worst) {
      sink(scores, indices, k, 0, score, first + j);
      worst = load<f32>(scores);
    }
  }
}

/** True where the first is the worse entry. */
@inline
function worse(score: f32, index: i32, other: f32, otherIndex: i32): bool {
  return score < other || (score == other && index > otherIndex);
}

function sink(scores: usize, indices: usize, size: i32, hole: i32, score: f32, index: i32): void {
  let at = hole;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    const right = child + 1;
    const s = load<f32>(scores + (<usize>child << 2));
    const i = load<i32>(indices + (<usize>child << 2));
    if (right < size && worse(load<f32>(scores + (<usize>right << 2)), load<i32>(indices + (<usize>right << 2)), s, i)) child = right;
    const other = load<f32>(scores + (<usize>child << 2));
    const otherIndex = load<i32>(indices + (<usize>child << 2));
    if (worse(score, index, other, otherIndex)) break;
    store<f32>(scores + (<usize>at << 2), other);
    store<i32>(indices + (<usize>at << 2), otherIndex);
    at = child;
  }
  store<f32>(scores + (<usize>at << 2), score);
  store<i32>(indices + (<usize>at << 2), index);
}

function order(scores: usize, indices: usize, k: i32): void {
  for (let last = k - 1; last > 0; last--) {
    const at = <usize>last << 2;
    const score = load<f32>(scores + at);
    const index = load<i32>(indices + at);
    store<f32>(scores + at, load<f32>(scores));
    store<i32>(indices + at, load<i32>(indices));
    sink(scores, indices, last, 0, score, index);
  }
}
