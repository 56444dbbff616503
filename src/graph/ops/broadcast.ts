/**
 * Broadcasting (ONNX "multidirectional": numpy's rule) and the loops over it.
 */
import { elements, refuse, type NodeView, type TensorType } from '../operator.js';
import type { ConstantTensor } from '../types.js';

/** Common shape of two operands. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) refuse('T104', `shapes [${a.join(', ')}] and [${b.join(', ')}] cannot be broadcast`);
    shape[i] = x === 1 ? y : x;
  }
  return shape;
}

/** Strides by which an operand of `shape` is read under an output of `output`: 0 where it repeats. */
export function broadcastStrides(shape: readonly number[], output: readonly number[]): number[] {
  const result = new Array<number>(output.length).fill(0);
  let step = 1;
  for (let i = 1; i <= shape.length; i++) {
    const size = shape[shape.length - i] as number;
    if (size !== 1) result[output.length - i] = step;
    step *= size;
  }
  return result;
}

/** out[i] = f(a[..], b[..]) over the output's elements in order. */
export function broadcastPairs(a: ConstantTensor, b: ConstantTensor, output: ConstantTensor, f: (x: number, y: number) => number): void {
  const out = output.data;
  if (elements(a.shape) === out.length && elements(b.shape) === out.length) {
    for (let i = 0; i < out.length; i++) out[i] = f(a.data[i] as number, b.data[i] as number);
    return;
  }
  const shape = output.shape.length === 0 ? [1] : output.shape;
  const stepsA = broadcastStrides(a.shape, shape);
  const stepsB = broadcastStrides(b.shape, shape);
  const last = shape.length - 1;
  const width = shape[last] as number;
  const stepA = stepsA[last] as number;
  const stepB = stepsB[last] as number;
  forEachRow(shape, (row, index) => {
    let ia = dot(index, stepsA);
    let ib = dot(index, stepsB);
    for (let i = 0; i < width; i++, ia += stepA, ib += stepB) out[row * width + i] = f(a.data[ia] as number, b.data[ib] as number);
  });
}

/** Calls `visit` for every index over all dimensions but the last (which stays 0), in row-major order. */
export function forEachRow(shape: readonly number[], visit: (row: number, index: readonly number[]) => void): void {
  const rows = elements(shape.slice(0, -1));
  if (elements(shape) === 0) return;
  const index = new Array<number>(shape.length).fill(0);
  for (let row = 0; row < rows; row++) {
    visit(row, index);
    for (let d = shape.length - 2; d >= 0; d--) {
      index[d] = (index[d] as number) + 1;
      if ((index[d] as number) < (shape[d] as number)) break;
      index[d] = 0;
    }
  }
}

export function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Samples stay apart if every batched operand has the rank of the result and the result has one sample. */
export function broadcastMixes(node: NodeView, outputs: readonly TensorType[]): string | null {
  const shape = outputs[0]?.shape ?? [];
  if (shape[0] !== 1) return `broadcasting gives first dimension ${shape[0] ?? '(none)'}, which is not one sample`;
  const short = node.inputs.find((operand) => operand?.batched && operand.shape.length !== shape.length);
  return short ? `broadcasting [${short.shape.join(', ')}] to [${shape.join(', ')}] moves the sample dimension` : null;
}
