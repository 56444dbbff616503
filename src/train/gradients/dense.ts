/** Gradients of products with a constant matrix. */
import { elements } from '../../graph/operator.js';
import { gemmGeometry } from '../../graph/ops/gemm.js';
import { isConstantTensor, operandOf, scratchFor, type BackwardContext, type Fields, type GradientRow } from './gradient.js';

type DenseFields = Record<'rows' | 'depth' | 'columns' | 'panels' | 'weights' | 'rowStep' | 'columnStep', number>;

/** The matrix lies in panels for the way forward; here it is read in its own order. */
const refresh: GradientRow['refresh'] = (fields, call) => {
  const f = fields as DenseFields;
  call('packPanels', f.weights, f.depth, f.columns, f.rowStep, f.columnStep, 1, f.panels);
};

function backward(fields: Fields, c: BackwardContext): void {
  const f = fields as DenseFields;
  const { depth, columns } = f;
  const rows = c.batch * f.rows;
  const [x, dx, dw, bias] = [c.inputs[0], c.gradients[0], c.gradients[1], c.gradients[2]];
  const transposed = f.rowStep === 1 && f.columnStep === depth;
  if (dw && transposed) c.call('outerFloat', columns, depth, rows, c.dy, columns, x, depth, dw, depth);
  else if (dw) c.call('outerFloat', depth, columns, rows, x, depth, c.dy, columns, dw, columns);
  if (bias) {
    c.floats(bias, columns).fill(0);
    for (let row = 0; row < rows; row++) c.call('addFloat', bias, c.dy + row * columns * 4, bias, columns);
  }
  if (dx && transposed) {
    c.call('productFloat', rows, depth, columns, c.dy, columns, f.weights, depth, 0, 0, dx, depth, c.scratch);
  } else if (dx) {
    c.floats(dx, rows * depth).fill(0);
    c.call('innerFloat', rows, depth, columns, c.dy, columns, f.weights, columns, dx, depth);
  }
}

export const gemmGradient: GradientRow = {
  nodes: ['gemm'],
  parameters: [1, 2],
  prepare(context) {
    const [a, b, bias] = [operandOf(context, 0), operandOf(context, 1), operandOf(context, 2)];
    if (!a || !isConstantTensor(b)) return null;
    const g = gemmGeometry(context.node, a.shape, b.shape);
    if (g.alpha !== 1 || (bias && (g.beta !== 1 || elements(bias.shape) !== g.columns))) return null;
    const [rowStep, columnStep] = g.transB ? [1, g.depth] : [g.columns, 1];
    const fields = { ...context.step.fields, weights: context.address(1), starts: context.address(2), rowStep, columnStep };
    return { fields, scratchBytes: scratchFor(g.columns * 8) };
  },
  refresh,
  backward,
};

export const matMulGradient: GradientRow = {
  nodes: ['matmul'],
  parameters: [1],
  prepare(context) {
    const fields = { ...context.step.fields, weights: context.address(1), rowStep: context.step.fields['columns'], columnStep: 1 };
    return { fields, scratchBytes: scratchFor(context.step.fields['columns'] * 8) };
  },
  refresh,
  backward,
};
