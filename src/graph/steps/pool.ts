/**
 * Pooling on the kernels: every plane is padded, then folded window by window.
 */
import { flagAttribute } from '../attributes.js';
import { placeFloats } from '../../kernels/float.js';
import { averageCounts } from '../ops/average-pool.js';
import { poolGeometry } from '../ops/max-pool.js';
import { elements } from '../operator.js';
import { paddedBytes, windowFields } from './conv.js';
import { GREATEST_SCRATCH, isBatchedFloat, isMap, operand, result, type RunContext, type StepRow } from './step.js';

type PoolFields = Record<
  'channels' | 'height' | 'width' | 'rows' | 'columns' | 'paddedHeight' | 'pitch' | 'kh' | 'kw' | 'sh' | 'sw' | 'dh' | 'dw' | 'top' | 'left'
  | 'counts', number>;

/** Calls `fold` for each plane, with the addresses of its padded copy and of its result. */
function eachPlane(f: PoolFields, fill: number, { call, batch, inputs, outputs, scratch }: RunContext, fold: (y: number) => void): void {
  for (let plane = 0; plane < batch * f.channels; plane++) {
    const x = (inputs[0] as number) + plane * f.height * f.width * 4;
    call('padPlane', x, f.height, f.width, f.top, f.left, fill, scratch, f.paddedHeight, f.pitch);
    fold((outputs[0] as number) + plane * f.rows * f.columns * 4);
  }
}

export const maxPoolStep: StepRow = {
  kernel: 'max-pool',
  operators: ['MaxPool'],
  prepare(context) {
    const x = operand(context, 0);
    if (!isBatchedFloat(x) || !isMap(x) || context.node.outputs.length > 1) return null;
    const fields = windowFields(poolGeometry(context.node, x.shape));
    const scratchBytes = paddedBytes(fields);
    return scratchBytes <= GREATEST_SCRATCH ? { fields, scratchBytes } : null;
  },
  run(fields, context) {
    const f = fields as PoolFields;
    const p = context.scratch;
    eachPlane(f, -Infinity, context, (y) => {
      context.call('windowMaximum', p, f.pitch, f.kh, f.kw, f.sh, f.sw, f.dh, f.dw, y, f.rows, f.columns);
    });
  },
};

export const averagePoolStep: StepRow = {
  kernel: 'average-pool',
  operators: ['AveragePool'],
  prepare(context) {
    const x = operand(context, 0);
    if (!isBatchedFloat(x) || !isMap(x)) return null;
    const geometry = poolGeometry(context.node, x.shape);
    const window = windowFields(geometry);
    const scratchBytes = paddedBytes(window);
    if (scratchBytes > GREATEST_SCRATCH) return null;
    const includePadding = flagAttribute(context.node, 'count_include_pad', false);
    const columns = averageCounts(geometry, 1, includePadding);
    const counts = averageCounts(geometry, 0, includePadding).flatMap((row) => columns.map((column) => row * column));
    return { fields: { ...window, counts: placeFloats(context.memory, context.allocate, counts) }, scratchBytes };
  },
  run(fields, context) {
    const f = fields as PoolFields;
    const p = context.scratch;
    eachPlane(f, 0, context, (y) => {
      context.call('windowMean', p, f.pitch, f.kh, f.kw, f.sh, f.sw, f.dh, f.dw, f.counts, y, f.rows, f.columns);
    });
  },
};

export const globalAverageStep: StepRow = {
  kernel: 'global-average',
  operators: ['GlobalAveragePool'],
  prepare(context) {
    const x = operand(context, 0);
    if (!isBatchedFloat(x) || !isBatchedFloat(result(context))) return null;
    return { fields: { planes: elements(x.shape.slice(0, 2)), size: elements(x.shape.slice(2)) }, scratchBytes: 0 };
  },
  run(fields, { call, batch, inputs, outputs }) {
    const { planes, size } = fields as Record<'planes' | 'size', number>;
    call('meanPlanes', inputs[0] as number, outputs[0] as number, batch * planes, size);
  },
};
