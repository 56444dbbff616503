/**
 * Gemm and MatMul by a constant matrix on the kernels.
 */
import { placeFloatPanels, placeFloats } from '../../kernels/float.js';
import { elements } from '../operator.js';
import { gemmGeometry } from '../ops/gemm.js';
import { isBatchedFloat, isConstant, operand, type StepRow } from './step.js';

type DenseFields = Record<'rows' | 'depth' | 'columns' | 'panels' | 'starts', number>;

const run: StepRow['run'] = (fields, { call, batch, inputs, outputs }) => {
  const { rows, depth, columns, panels, starts } = fields as DenseFields;
  const mode = starts ? 2 : 0;
  call('panelsFloat', batch * rows, columns, depth, inputs[0] as number, depth, panels, starts, mode, outputs[0] as number, columns);
};

export const gemmStep: StepRow = {
  kernel: 'gemm',
  operators: ['Gemm'],
  prepare(context) {
    const [a, b, c] = [operand(context, 0), operand(context, 1), operand(context, 2)];
    if (!isBatchedFloat(a) || !isConstant(b) || (c && !isConstant(c))) return null;
    const g = gemmGeometry(context.node, a.shape, b.shape);
    if (g.transA) return null;
    const { memory, allocate } = context;
    const [row, column] = g.transB ? [1, g.depth] : [g.columns, 1];
    const panels = placeFloatPanels(memory, allocate, g.depth, g.columns, (i, j) => g.alpha * (b.data[i * row + j * column] as number));
    const added = c?.data;
    const bias = added && Float32Array.from({ length: g.columns }, (_, j) => g.beta * (added[added.length === 1 ? 0 : j] as number));
    const starts = bias ? placeFloats(memory, allocate, bias) : 0;
    return { fields: { rows: 1, depth: g.depth, columns: g.columns, panels, starts }, scratchBytes: 0 };
  },
  run,
};

export const matMulStep: StepRow = {
  kernel: 'matmul',
  operators: ['MatMul'],
  prepare(context) {
    const [a, b] = [operand(context, 0), operand(context, 1)];
    if (!isBatchedFloat(a) || !isConstant(b) || a.shape.length < 2 || b.shape.length !== 2) return null;
    const [depth, columns] = b.shape as [number, number];
    const panels = placeFloatPanels(context.memory, context.allocate, depth, columns, (i, j) => b.data[i * columns + j] as number);
    return { fields: { rows: elements(a.shape.slice(0, -1)), depth, columns, panels, starts: 0 }, scratchBytes: 0 };
  },
  run,
};
