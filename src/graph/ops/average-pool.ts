import { flagAttribute } from '../attributes.js';
import { isFloat } from '../data-types.js';
import { firstDimensionStays, input, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';
import { poolVolume } from './max-pool.js';
import { eachWindow, taps, windowShape, type Pair, type Triple } from './window.js';

/** Of maps or volumes. */
interface Counted {
  readonly input: Pair | Triple;
  readonly output: Pair | Triple;
  readonly kernel: Pair | Triple;
  readonly stride: Pair | Triple;
  readonly dilation: Pair | Triple;
  readonly before: Pair | Triple;
  readonly after: Pair | Triple;
}

/**
 * Number of cells that each window along dimension `d` averages over. With `includePadding` declared padding counts, but not the cells
 * beyond it that ceil_mode reaches.
 */
export function averageCounts(g: Counted, d: number, includePadding: boolean): number[] {
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
    const geometry = poolVolume(node, x.shape);
    return [{ type: x.type, shape: windowShape(geometry, geometry.channels, x.shape.length) }];
  },
  mixesSamples: firstDimensionStays,
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    const x = input(node, 0);
    const g = poolVolume(node, x.shape);
    const includePadding = flagAttribute(node, 'count_include_pad', false);
    const counts = [0, 1, 2].map((d) => averageCounts(g, d, includePadding));
    const [depth, height, width] = g.input;
    let out = 0;
    for (let plane = 0; plane < g.batch * g.channels; plane++) {
      eachWindow(g, (position, [deep, down, across]) => {
        let sum = 0;
        for (let kz = deep.from; kz < deep.to; kz++) {
          const slice = (plane * depth + deep.start + kz * g.dilation[0]) * height;
          for (let ky = down.from; ky < down.to; ky++) {
            const row = (slice + down.start + ky * g.dilation[1]) * width + across.start;
            for (let kx = across.from; kx < across.to; kx++) sum += x.data[row + kx * g.dilation[2]];
          }
        }
        output.data[out++] = sum / (counts[0][position[0]] * counts[1][position[1]] * counts[2][position[2]]);
      });
    }
  },
};
