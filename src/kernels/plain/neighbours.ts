/** Twins of assembly/neighbours.ts: whole rows, sorted, and the same coordinate descent. */
import type { Kernel, Machine } from '../machine.ts';

export function neighbourKernels(machine: Machine): Record<string, Kernel> {
  return {
    similarRows: (from = 0, to = 0, ...rest) => {
      const [aOffsets = 0, aIndices = 0, aValues = 0, bOffsets = 0, bIndices = 0, bValues = 0, ...more] = rest;
      const [columns = 0, rowNorms = 0, columnNorms = 0, shrink = 0, k = 0, counts = 0, indices = 0, scores = 0] = more;
      const a = sparse(machine, aOffsets, aIndices, aValues);
      const b = sparse(machine, bOffsets, bIndices, bValues);
      for (let row = from; row < to; row++) {
        const sums = new Float64Array(columns);
        a(row, (middle, factor) =>
          b(middle, (column, value) => {
            sums[column]! += factor * value;
          }),
        );
        const norm = machine.f64(rowNorms, row + 1)[row]!;
        const norms = machine.f64(columnNorms, columns);
        const best = Array.from(sums, (sum, column) => ({ column, score: sum / (norm * norms[column]! + shrink) }))
          .filter(({ column }) => column !== row && sums[column]! > 0)
          .sort((x, y) => y.score - x.score || x.column - y.column)
          .slice(0, k);
        machine.i32(counts, row + 1)[row] = best.length;
        machine.i32(indices + 4 * row * k, k).set(best.map(({ column }) => column));
        machine.f64(scores + 8 * row * k, k).set(best.map(({ score }) => score));
      }
      return undefined;
    },
    slimColumns: (from = 0, to = 0, offsets = 0, indices = 0, values = 0, rows = 0, squaresAt = 0, ...rest) => {
      const [candidateOffsets = 0, candidatesAt = 0, l1 = 0, l2 = 0, tolerance = 0, sweepsMax = 0, weightsAt = 0] =
        rest;
      const column = sparse(machine, offsets, indices, values);
      const bounds = machine.i32(candidateOffsets, to + 1);
      const candidates = machine.i32(candidatesAt, bounds[to]!);
      const weights = machine.f64(weightsAt, bounds[to]!);
      for (let j = from; j < to; j++) {
        const square = (of: number) => machine.f64(squaresAt, of + 1)[of]!;
        const left = new Float64Array(rows);
        const add = (of: number, factor: number) =>
          column(of, (row, value) => {
            left[row]! += factor * value;
          });
        const [first, end] = [bounds[j]!, bounds[j + 1]!];
        const enough = tolerance * tolerance * square(j);
        weights.fill(0, first, end);
        add(j, 1);
        let all = true;
        for (let sweep = 0; sweep < sweepsMax; sweep++) {
          let moved = false;
          for (let e = first; e < end; e++) {
            const before = weights[e]!;
            if (!all && before === 0) continue;
            const a = candidates[e]!;
            let sum = 0;
            column(a, (row, value) => {
              sum += value * left[row]!;
            });
            const pull = sum + square(a) * before - l1;
            const after = pull > 0 ? pull / (square(a) + l2) : 0;
            const step = after - before;
            if (step === 0) continue;
            weights[e] = after;
            add(a, -step);
            if (step * step * square(a) > enough) moved = true;
          }
          if (!moved && all) break;
          all = !moved;
        }
      }
      return undefined;
    },
  };
}

/** Calls `visit` with each entry of a row. */
function sparse(machine: Machine, offsetsAt: number, indicesAt: number, valuesAt: number) {
  return (row: number, visit: (column: number, value: number) => void): void => {
    const [from, to] = machine.i32(offsetsAt + 4 * row, 2) as unknown as [number, number];
    const indices = machine.i32(indicesAt, to);
    const values = machine.f32(valuesAt, to);
    for (let e = from; e < to; e++) visit(indices[e]!, values[e]!);
  };
}
