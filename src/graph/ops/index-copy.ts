/**
 * Copies that pick cells dimension by dimension: slices, splits, padding.
 */
import { strides } from '../operator.js';
import type { ConstantTensor } from '../types.js';
import { dot, forEachRow } from './broadcast.js';

/** output[i0, i1, ...] = x[maps[0][i0], maps[1][i1], ...], or `fill` where any map says -1. */
export function indexCopy(x: ConstantTensor, output: ConstantTensor, maps: readonly (readonly number[])[], fill: number): void {
  if (output.shape.length === 0) {
    output.data[0] = x.data[0] as number;
    return;
  }
  const steps = strides(x.shape);
  const last = maps.length - 1;
  const along = maps[last] as readonly number[];
  const source = new Array<number>(maps.length).fill(0);
  forEachRow(output.shape, (row, index) => {
    let outside = false;
    for (let d = 0; d < last; d++) {
      source[d] = maps[d]?.[index[d] as number] as number;
      outside ||= (source[d] as number) < 0;
    }
    const at = dot(source, steps);
    const to = row * along.length;
    for (let i = 0; i < along.length; i++) {
      const from = along[i] as number;
      output.data[to + i] = outside || from < 0 ? fill : (x.data[at + from] as number);
    }
  });
}

/** 0, 1, ..., size - 1. */
export function identityMap(size: number): number[] {
  return Array.from({ length: size }, (_, i) => i);
}
