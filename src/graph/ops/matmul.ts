import { elements, firstDimensionStays, input, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';
import { broadcastShape, broadcastStrides, dot, forEachRow } from './broadcast.js';

export interface MatMulGeometry {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  /** Dimensions before the matrices: of A, of B, and of both broadcast. */
  readonly stackA: readonly number[];
  readonly stackB: readonly number[];
  readonly stack: readonly number[];
  readonly shape: readonly number[];
}

/** numpy's matmul: vectors become a row (A) or a column (B), whose dimension the result drops. */
export function matMulGeometry(a: readonly number[], b: readonly number[]): MatMulGeometry {
  if (a.length === 0 || b.length === 0) refuse('T104', 'an operand is a scalar');
  const [rows, depth] = (a.length === 1 ? [1, a[0]] : a.slice(-2)) as [number, number];
  const [inner, columns] = (b.length === 1 ? [b[0], 1] : b.slice(-2)) as [number, number];
  if (depth !== inner) refuse('T104', `inner sizes ${depth} and ${inner} differ`);
  const stackA = a.slice(0, -2);
  const stackB = b.slice(0, -2);
  const stack = broadcastShape(stackA, stackB);
  const shape = [...stack, ...(a.length === 1 ? [] : [rows]), ...(b.length === 1 ? [] : [columns])];
  return { rows, depth, columns, stackA, stackB, stack, shape };
}

/** Y = A B, matrices in the last two dimensions, the others broadcast. */
export const matMul: Operator = {
  name: 'MatMul',
  attributes: [],
  arity: [2, 2],
  infer(node) {
    const a = input(node, 0);
    return [{ type: a.type, shape: [...matMulGeometry(a.shape, input(node, 1).shape).shape] }];
  },
  mixesSamples(node, outputs) {
    const rank = outputs[0]?.shape.length ?? 0;
    const [a, b] = [input(node, 0), input(node, 1)];
    if (a.batched && a.shape.length < 2) return 'A is a vector, whose only dimension is the sample';
    if (a.batched && b.batched && a.shape.length !== b.shape.length) return 'the operands have their samples in different dimensions';
    if (b.batched && (b.shape.length < 3 || b.shape.length !== rank)) return 'samples would be rows of the matrix B';
    if (a.batched && a.shape.length < rank && b.shape.length > 2) return 'B has more dimensions before its matrices than A';
    return firstDimensionStays(node, outputs);
  },
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    const a = input(node, 0);
    const b = input(node, 1);
    const g = matMulGeometry(a.shape, b.shape);
    if (elements(output.shape) === 0) return;
    const stepsA = broadcastStrides(g.stackA, g.stack).map((step) => step * g.rows * g.depth);
    const stepsB = broadcastStrides(g.stackB, g.stack).map((step) => step * g.depth * g.columns);
    forEachRow([...g.stack, 1], (matrix, index) => {
      const atA = dot(stepsA, index);
      const atB = dot(stepsB, index);
      const atY = matrix * g.rows * g.columns;
      for (let i = 0; i < g.rows; i++) {
        for (let j = 0; j < g.columns; j++) {
          let sum = 0;
          for (let k = 0; k < g.depth; k++) sum += (a.data[atA + i * g.depth + k] as number) * (b.data[atB + k * g.columns + j] as number);
          output.data[atY + i * g.columns + j] = sum;
        }
      }
    });
  },
};
