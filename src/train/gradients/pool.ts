/** Gradients of pooling. */
import { paddedBytes } from '../../graph/steps/conv.js';
import { placeFloats } from '../../kernels/float.js';
import { scratchFor, type BackwardContext, type GradientRow } from './gradient.js';

type PoolFields = Record<
  'channels' | 'height' | 'width' | 'rows' | 'columns' | 'paddedHeight' | 'pitch' | 'kh' | 'kw' | 'sh' | 'sw' | 'dh' | 'dw' | 'top' | 'left'
  | 'inverse' | 'paddedAt', number>;

/** Calls `visit` with the byte offsets of each plane in the operand and in the result. */
function eachPlane(f: PoolFields, c: BackwardContext, visit: (x: number, y: number) => void): void {
  for (let plane = 0; plane < c.batch * f.channels; plane++) visit(plane * f.height * f.width * 4, plane * f.rows * f.columns * 4);
}

/** The gradient goes to the first of the greatest cells of a window. */
export const maxPoolGradient: GradientRow = {
  nodes: ['max-pool'],
  parameters: [],
  prepare: ({ step }) => ({ fields: step.fields, scratchBytes: 0 }),
  backward(fields, c) {
    const f = fields as PoolFields;
    const dx = c.gradients[0];
    if (!dx) return;
    c.floats(dx, c.batch * f.channels * f.height * f.width).fill(0);
    eachPlane(f, c, (x, y) => {
      c.call(
        'routeMaximum', c.inputs[0] + x, f.height, f.width, f.kh, f.kw, f.sh, f.sw, f.dh, f.dw, f.top, f.left,
        c.output + y, c.dy + y, f.rows, f.columns, dx + x,
      );
    });
  },
};

/** Each window's gradient, divided by its number of cells, goes to all of them. */
export const averagePoolGradient: GradientRow = {
  nodes: ['average-pool'],
  parameters: [],
  prepare({ step, memory, allocate }) {
    const { rows, columns, counts } = step.fields as Record<'rows' | 'columns' | 'counts', number>;
    const inverse = Array.from(new Float32Array(memory.buffer, counts, rows * columns), (count) => 1 / count);
    const paddedAt = scratchFor(rows * columns);
    const fields = { ...step.fields, inverse: placeFloats(memory, allocate, inverse), paddedAt };
    return { fields, scratchBytes: paddedAt + paddedBytes(step.fields) };
  },
  backward(fields, c) {
    const f = fields as PoolFields;
    const dx = c.gradients[0];
    if (!dx) return;
    const padded = c.scratch + f.paddedAt;
    eachPlane(f, c, (x, y) => {
      c.call('multiplyFloat', c.dy + y, f.inverse, c.scratch, f.rows * f.columns);
      c.floats(padded, f.paddedHeight * f.pitch).fill(0);
      c.call('spreadWindows', padded, f.pitch, f.kh, f.kw, f.sh, f.sw, f.dh, f.dw, 0, c.scratch, f.rows, f.columns);
      c.call('cropPlane', padded, f.pitch, f.top, f.left, f.height, f.width, dx + x);
    });
  },
};

export const globalAverageGradient: GradientRow = {
  nodes: ['global-average'],
  parameters: [],
  prepare: ({ step }) => ({ fields: step.fields, scratchBytes: 0 }),
  backward(fields, c) {
    const { planes, size } = fields as Record<'planes' | 'size', number>;
    if (c.gradients[0]) c.call('meanGradient', c.dy, c.gradients[0], c.batch * planes, size);
  },
};
