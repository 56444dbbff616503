/** Gradients of convolutions. */
import { paddedBytes } from '../../graph/steps/conv.js';
import { scratchFor, type BackwardContext, type Fields, type GradientContext, type GradientRow, type PreparedGradient } from './gradient.js';

/** The kernels take weights and bias in their own order: the step reads the parameters themselves. */
function prepared({ step, address }: GradientContext, scratchBytes: number): PreparedGradient {
  return { fields: { ...step.fields, weights: address(1), bias: address(2) }, scratchBytes };
}

/** Sums of dy over positions and samples, one an output channel. */
function biasGradient(c: BackwardContext, outputs: number, size: number): void {
  const bias = c.gradients[2];
  if (!bias) return;
  c.floats(bias, outputs).fill(0);
  c.call('sumPlanes', c.dy, 0, c.batch * outputs, size, outputs, bias);
}

type ConvFields = Record<
  'weights' | 'outputs' | 'channels' | 'height' | 'width' | 'rows' | 'columns' | 'pitch' | 'paddedHeight' | 'kh' | 'kw' | 'sh' | 'sw' | 'dh' | 'dw'
  | 'top' | 'left' | 'groups' | 'rowsAtOnce', number>;

/** dw = dy times the windows; dx = the weights times dy, added up where windows overlap. */
export const convGradient: GradientRow = {
  nodes: ['conv'],
  parameters: [1, 2],
  prepare(context) {
    const { channels, groups, kh, kw, rowsAtOnce, columns } = context.step.fields as ConvFields;
    return prepared(context, scratchFor((channels / groups) * kh * kw * rowsAtOnce * columns));
  },
  backward(fields, c) {
    const f = fields as ConvFields;
    const [channels, perGroup, size] = [f.channels / f.groups, f.outputs / f.groups, f.rows * f.columns];
    const depth = channels * f.kh * f.kw;
    const [x0, dx0, dw0] = [c.inputs[0], c.gradients[0], c.gradients[1]];
    if (dx0) c.floats(dx0, c.batch * f.channels * f.height * f.width).fill(0);
    if (dw0) c.floats(dw0, f.outputs * depth).fill(0);
    for (let n = 0; n < c.batch; n++) {
      for (let group = 0; group < f.groups; group++) {
        const plane = (n * f.channels + group * channels) * f.height * f.width * 4;
        const part = group * perGroup * depth * 4;
        for (let y0 = 0; y0 < f.rows; y0 += f.rowsAtOnce) {
          const y1 = Math.min(y0 + f.rowsAtOnce, f.rows);
          const count = (y1 - y0) * f.columns;
          const dy = c.dy + ((n * f.outputs + group * perGroup) * size + y0 * f.columns) * 4;
          const window = [f.kh, f.kw, f.sh, f.sw, f.dh, f.dw, f.top, f.left, f.columns, y0, y1, c.scratch, count];
          if (dw0) {
            c.call('gatherWindows', x0 + plane, channels, f.height, f.width, ...window);
            c.call('innerFloat', perGroup, depth, count, dy, size, c.scratch, count, dw0 + part, depth);
          }
          if (dx0) {
            c.call('outerFloat', depth, count, perGroup, f.weights + part, depth, dy, size, c.scratch, count);
            c.call('scatterWindows', dx0 + plane, channels, f.height, f.width, ...window);
          }
        }
      }
    }
    biasGradient(c, f.outputs, size);
  },
};

export const pointwiseGradient: GradientRow = {
  nodes: ['pointwise'],
  parameters: [1, 2],
  prepare: (context) => prepared(context, 0),
  backward(fields: Fields, c) {
    const { weights, channels, outputs, size } = fields as Record<'weights' | 'channels' | 'outputs' | 'size', number>;
    const [x0, dx0, dw] = [c.inputs[0], c.gradients[0], c.gradients[1]];
    if (dw) c.floats(dw, outputs * channels).fill(0);
    for (let n = 0; n < c.batch; n++) {
      const [x, dy] = [n * channels * size * 4, c.dy + n * outputs * size * 4];
      if (dw) c.call('innerFloat', outputs, channels, size, dy, size, x0 + x, size, dw, channels);
      if (dx0) c.call('outerFloat', channels, size, outputs, weights, channels, dy, size, dx0 + x, size);
    }
    biasGradient(c, outputs, size);
  },
};

export const depthwiseGradient: GradientRow = {
  nodes: ['depthwise'],
  parameters: [1, 2],
  prepare: (context) => prepared(context, 2 * Math.ceil(paddedBytes(context.step.fields) / 16) * 16),
  backward(fields, c) {
    const f = fields as ConvFields;
    const [copies, cells, taps, size] = [f.outputs / f.channels, f.height * f.width, f.kh * f.kw, f.rows * f.columns];
    const [x0, dx0, dw0] = [c.inputs[0], c.gradients[0], c.gradients[1]];
    const planeBytes = Math.ceil(paddedBytes(fields) / 16) * 16;
    const padded = c.scratch + planeBytes;
    if (dw0) c.floats(dw0, f.outputs * taps).fill(0);
    for (let n = 0; n < c.batch; n++) {
      for (let m = 0; m < f.outputs; m++) {
        const plane = (n * f.channels + Math.floor(m / copies)) * cells * 4;
        const dy = c.dy + (n * f.outputs + m) * size * 4;
        const window = [f.pitch, f.kh, f.kw, f.sh, f.sw, f.dh, f.dw];
        if (m % copies === 0) {
          if (dw0) c.call('padPlane', x0 + plane, f.height, f.width, f.top, f.left, 0, c.scratch, f.paddedHeight, f.pitch);
          if (dx0) c.floats(padded, planeBytes / 4).fill(0);
        }
        if (dw0) c.call('correlateWindows', c.scratch, ...window, dw0 + m * taps * 4, dy, f.rows, f.columns);
        if (dx0) c.call('spreadWindows', padded, ...window, f.weights + m * taps * 4, dy, f.rows, f.columns);
        if (dx0 && m % copies === copies - 1) c.call('cropPlane', padded, f.pitch, f.top, f.left, f.height, f.width, dx0 + plane);
      }
    }
    biasGradient(c, f.outputs, size);
  },
};
