import { flagAttribute, numberAttribute } from '../attributes.js';
import { firstDimensionStays, input, optionalInput, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';
import { broadcastShape, broadcastStrides } from './broadcast.js';

export interface GemmGeometry {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly transA: boolean;
  readonly transB: boolean;
  readonly alpha: number;
  readonly beta: number;
}

export function gemmGeometry(node: Pick<NodeView, 'attributes'>, a: readonly number[], b: readonly number[]): GemmGeometry {
  if (a.length !== 2 || b.length !== 2) refuse('T104', `operands [${a.join(', ')}] and [${b.join(', ')}] are not matrices`);
  const transA = flagAttribute(node, 'transA', false);
  const transB = flagAttribute(node, 'transB', false);
  const [rows, depth] = (transA ? [a[1], a[0]] : a) as [number, number];
  const [inner, columns] = (transB ? [b[1], b[0]] : b) as [number, number];
  if (depth !== inner) refuse('T104', `inner sizes ${depth} and ${inner} differ`);
  return {
    rows,
    depth,
    columns,
    transA,
    transB,
    alpha: Math.fround(numberAttribute(node, 'alpha', 1)),
    beta: Math.fround(numberAttribute(node, 'beta', 1)),
  };
}

/** Y = alpha * A' B' + beta * C, A' = A or its transpose, B' likewise, C broadcast. */
export const gemm: Operator = {
  name: 'Gemm',
  attributes: ['alpha', 'beta', 'transA', 'transB'],
  arity: [2, 3],
  constantInputs: [1, 2],
  infer(node) {
    const a = input(node, 0);
    const g = gemmGeometry(node, a.shape, input(node, 1).shape);
    const c = optionalInput(node, 2);
    const shape = [g.rows, g.columns];
    if (c && broadcastShape(c.shape, shape).join() !== shape.join()) {
      refuse('T104', `C [${c.shape.join(', ')}] does not broadcast to [${shape.join(', ')}]`);
    }
    return [{ type: a.type, shape }];
  },
  mixesSamples(node, outputs) {
    if (flagAttribute(node, 'transA', false)) return 'A is transposed, so that samples become columns';
    return firstDimensionStays(node, outputs);
  },
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    const a = input(node, 0);
    const b = input(node, 1);
    const c = optionalInput(node, 2);
    const g = gemmGeometry(node, a.shape, b.shape);
    const stepsC = broadcastStrides(c?.shape ?? [], [g.rows, g.columns]);
    const [aRow, aDepth] = g.transA ? [1, g.rows] : [g.depth, 1];
    const [bDepth, bColumn] = g.transB ? [1, g.depth] : [g.columns, 1];
    for (let i = 0; i < g.rows; i++) {
      for (let j = 0; j < g.columns; j++) {
        let sum = 0;
        for (let k = 0; k < g.depth; k++) sum += (a.data[i * aRow + k * aDepth] as number) * (b.data[k * bDepth + j * bColumn] as number);
        const added = c ? g.beta * (c.data[i * (stepsC[0] as number) + j * (stepsC[1] as number)] as number) : 0;
        output.data[i * g.columns + j] = g.alpha * sum + added;
      }
    }
  },
};
