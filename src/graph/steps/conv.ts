/**
 * Convolution on the kernels: 1x1 as a product on the map itself, depthwise window by window, all others by gathering windows.
 */
import { placeFloats } from '../../kernels/float.js';
import { convGeometry, type ConvGeometry } from '../ops/conv.js';
import type { WindowGeometry } from '../ops/window.js';
import { GREATEST_SCRATCH, isBatchedFloat, isConstant, isMap, operand, type PrepareContext, type RunContext, type StepRow } from './step.js';

/** Bytes of gathered windows that are worked on at once: they and their weights stay in a core's cache. */
const GATHER_BYTES = 262144;

type Fields = Readonly<Record<string, number>>;

/** Geometry and operands of a node that the kernels can take. */
function prepared(context: PrepareContext): { g: ConvGeometry; weights: number; bias: number } | null {
  const [x, w, b] = [operand(context, 0), operand(context, 1), operand(context, 2)];
  if (!isBatchedFloat(x) || !isMap(x) || !isConstant(w) || (b && !isConstant(b))) return null;
  const { memory, allocate } = context;
  const g = convGeometry(context.node, x.shape, w.shape);
  return { g, weights: placeFloats(memory, allocate, w.data), bias: b?.data ? placeFloats(memory, allocate, b.data) : 0 };
}

/** The numbers of a window that the kernels take, in their order, and the plane sizes. */
export function windowFields(g: WindowGeometry): Record<string, number> {
  const [height, width] = g.input;
  const [rows, columns] = g.output;
  const paddedHeight = Math.max(g.before[0] + height, (rows - 1) * g.stride[0] + (g.kernel[0] - 1) * g.dilation[0] + 1);
  const pitch = Math.max(g.before[1] + width, (columns - 1) * g.stride[1] + (g.kernel[1] - 1) * g.dilation[1] + 1);
  return {
    channels: g.channels, height, width, rows, columns, paddedHeight, pitch,
    kh: g.kernel[0], kw: g.kernel[1], sh: g.stride[0], sw: g.stride[1], dh: g.dilation[0], dw: g.dilation[1], top: g.before[0], left: g.before[1],
  };
}

/** Bytes of one padded plane with what SIMD may read beyond it. */
export function paddedBytes(fields: Fields): number {
  return ((fields['paddedHeight'] as number) * (fields['pitch'] as number) + 4 * (fields['sw'] as number) + 8) * 4;
}

function isPointwise(g: ConvGeometry): boolean {
  const all = [...g.kernel, ...g.stride].every((v) => v === 1);
  return all && g.groups === 1 && [...g.before, ...g.after].every((v) => v === 0);
}

/** A 1x1 convolution: y[m, p] = sum over c of w[m, c] * x[c, p]. */
export const pointwiseStep: StepRow = {
  kernel: 'pointwise',
  operators: ['Conv'],
  prepare(context) {
    const [x, w] = [operand(context, 0), operand(context, 1)];
    if (!isMap(x) || !w || !isPointwise(convGeometry(context.node, x.shape, w.shape))) return null;
    const found = prepared(context);
    if (!found) return null;
    const { g, weights, bias } = found;
    return {
      fields: { weights, bias, channels: g.channels, outputs: g.outputs, size: g.output[0] * g.output[1] },
      scratchBytes: g.channels * 32,
    };
  },
  run(fields: Fields, { call, batch, inputs, outputs, scratch }: RunContext) {
    const { weights, bias, channels, outputs: rows, size } = fields as Record<'weights' | 'bias' | 'channels' | 'outputs' | 'size', number>;
    for (let n = 0; n < batch; n++) {
      const x = (inputs[0] as number) + n * channels * size * 4;
      const y = (outputs[0] as number) + n * rows * size * 4;
      call('productFloat', rows, size, channels, weights, channels, x, size, bias, bias ? 1 : 0, y, size, scratch);
    }
  },
};

type DepthwiseFields = Record<
  'weights' | 'bias' | 'outputs' | 'channels' | 'height' | 'width' | 'rows' | 'columns' | 'paddedHeight' | 'pitch' | 'kh' | 'kw' | 'sh' | 'sw'
  | 'dh' | 'dw' | 'top' | 'left', number>;

/** One input channel a group: every output channel is one plane's windows. */
export const depthwiseStep: StepRow = {
  kernel: 'depthwise',
  operators: ['Conv'],
  prepare(context) {
    const [x, w] = [operand(context, 0), operand(context, 1)];
    if (!isMap(x) || w?.shape[1] !== 1) return null;
    const window = windowFields(convGeometry(context.node, x.shape, w.shape));
    const scratchBytes = paddedBytes(window);
    const found = scratchBytes <= GREATEST_SCRATCH ? prepared(context) : null;
    return found && { fields: { ...window, outputs: found.g.outputs, weights: found.weights, bias: found.bias }, scratchBytes };
  },
  run(fields, { call, load, batch, inputs, outputs, scratch }) {
    const f = fields as DepthwiseFields;
    const copies = f.outputs / f.channels;
    for (let n = 0; n < batch; n++) {
      for (let m = 0; m < f.outputs; m++) {
        const x = (inputs[0] as number) + (n * f.channels + Math.floor(m / copies)) * f.height * f.width * 4;
        const y = (outputs[0] as number) + (n * f.outputs + m) * f.rows * f.columns * 4;
        if (m % copies === 0) call('padPlane', x, f.height, f.width, f.top, f.left, 0, scratch, f.paddedHeight, f.pitch);
        const start = f.bias ? load(f.bias + m * 4) : 0;
        const weights = f.weights + m * f.kh * f.kw * 4;
        call('depthwise', scratch, f.pitch, f.kh, f.kw, f.sh, f.sw, f.dh, f.dw, weights, start, y, f.rows, f.columns);
      }
    }
  },
};

type ConvFields = DepthwiseFields & Record<'groups' | 'rowsAtOnce', number>;

/** Any convolution: windows gathered some output rows at a time, then one product a group. */
export const convStep: StepRow = {
  kernel: 'conv',
  operators: ['Conv'],
  prepare(context) {
    const found = prepared(context);
    if (!found) return null;
    const { g, weights, bias } = found;
    const depth = (g.channels / g.groups) * g.kernel[0] * g.kernel[1];
    const [rows, columns] = g.output;
    const rowsAtOnce = Math.min(Math.max(Math.floor(GATHER_BYTES / (depth * columns * 4)), 1), rows);
    const scratchBytes = Math.ceil((depth * rowsAtOnce * columns * 4) / 16) * 16 + depth * 32;
    if (scratchBytes > GREATEST_SCRATCH) return null;
    return { fields: { ...windowFields(g), outputs: g.outputs, groups: g.groups, rowsAtOnce, weights, bias }, scratchBytes };
  },
  run(fields, { call, batch, inputs, outputs, scratch }) {
    const f = fields as ConvFields;
    const channels = f.channels / f.groups;
    const perGroup = f.outputs / f.groups;
    const depth = channels * f.kh * f.kw;
    const size = f.rows * f.columns;
    const panel = scratch + Math.ceil((depth * f.rowsAtOnce * f.columns * 4) / 16) * 16;
    for (let n = 0; n < batch; n++) {
      for (let group = 0; group < f.groups; group++) {
        const x = (inputs[0] as number) + (n * f.channels + group * channels) * f.height * f.width * 4;
        const weights = f.weights + group * perGroup * depth * 4;
        const bias = f.bias ? f.bias + group * perGroup * 4 : 0;
        for (let y0 = 0; y0 < f.rows; y0 += f.rowsAtOnce) {
          const y1 = Math.min(y0 + f.rowsAtOnce, f.rows);
          const count = (y1 - y0) * f.columns;
          const y = (outputs[0] as number) + ((n * f.outputs + group * perGroup) * size + y0 * f.columns) * 4;
          call(
            'gatherWindows', x, channels, f.height, f.width, f.kh, f.kw, f.sh, f.sw, f.dh, f.dw, f.top, f.left, f.columns, y0, y1, scratch, count,
          );
          call('productFloat', perGroup, count, depth, weights, depth, scratch, count, bias, bias ? 1 : 0, y, size, panel);
        }
      }
    }
  },
};
