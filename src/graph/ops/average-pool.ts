import { flagAttribute } from '../attributes.js';
import { isFloat } from '../data-types.js';
import { firstDimensionStays, input, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';
import { poolGeometry } from './max-pool.js';
import { taps, windowShape, type WindowGeometry } from './window.js';

/**
 * Number of cells that each window along dimension `d` averages over. With `includePadding` declared padding counts, but not the cells
 * beyond it that ceil_mode reaches.
 */
export function averageCounts(g: WindowGeometry, d: 0 | 1, includePadding: boolean): number[] {
  return Array.from({ length: g.output[d] }, (_, position) => {
    const inside = taps(g, d, position);
    if (!includePadding) return inside.to - inside.from;
    const end = g.input[d] + g.after[d] - 1;
    return Math.min(g.kernel[d], Math.floor((end - inside.start) / g.dilation[d]) + 1);
  });
}

/** y = sum of x over each window / number of its cells, padding counted if `count_include_pad` is 1. */
export const averagePool: Operator = {
  name: 'AveragePool',
  attributes: ['auto_pad', 'ceil_mode', 'count_include_pad', 'dilations', 'kernel_shape', 'pads', 'strides'],
  arity: [1, 1],
  infer(node) {
    const x = input(node, 0);
    if (!isFloat(x.type)) refuse('T103', `operand is ${x.type}, not a float type`);
    flagAttribute(node, 'count_include_pad', false);
    const geometry = poolGeometry(node, x.shape);
    return [{ type: x.type, shape: windowShape(geometry, geometry.channels, x.shape.length) }];
  },
  mixesSamples: firstDimensionStays,
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    const x = input(node, 0);
    const g = poolGeometry(node, x.shape);
    const includePadding = flagAttribute(node, 'count_include_pad', false);
    const rows = averageCounts(g, 0, includePadding);
    const columns = averageCounts(g, 1, includePadding);
    const [height, width] = g.input;
    let out = 0;
    for (let plane = 0; plane < g.batch * g.channels; plane++) {
      for (let oy = 0; oy < g.output[0]; oy++) {
        const down = taps(g, 0, oy);
        for (let ox = 0; ox < g.output[1]; ox++) {
          const across = taps(g, 1, ox);
          let sum = 0;
          for (let ky = down.from; ky < down.to; ky++) {
            const row = plane * height * width + (down.start + ky * g.dilation[0]) * width + across.start;
            for (let kx = across.from; kx < across.to; kx++) sum += x.data[row + kx * g.dilation[1]] as number;
          }
          output.data[out++] = sum / ((rows[oy] as number) * (columns[ox] as number));
        }
      }
    }
  },
};
