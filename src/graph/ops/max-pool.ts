import { flagAttribute, integerAttribute, integersAttribute } from '../attributes.js';
import { firstDimensionStays, input, refuse, type NodeView, type Operator, type TensorType } from '../operator.js';
import type { ConstantTensor } from '../types.js';
import { eachWindow, flattened, volumeGeometry, windowShape, type VolumeGeometry, type WindowGeometry } from './window.js';

/** Geometry of a MaxPool or AveragePool node. Errors: T103, T104. */
export function poolVolume(node: Pick<NodeView, 'attributes'>, shape: readonly number[]): VolumeGeometry {
  const kernel = integersAttribute(node, 'kernel_shape') ?? refuse('T103', 'attribute "kernel_shape" is missing');
  const geometry = volumeGeometry(node, shape, kernel, flagAttribute(node, 'ceil_mode', false));
  for (const d of [0, 1, 2] as const) {
    const reach = (geometry.kernel[d] - 1) * geometry.dilation[d] + 1;
    if (geometry.before[d] >= reach || geometry.after[d] >= reach) {
      refuse('T103', `padding ${geometry.before[d]}, ${geometry.after[d]} is not smaller than the window of ${reach} cells`);
    }
  }
  return geometry;
}

/** As `poolVolume`, over at most two spatial dimensions. */
export function poolGeometry(node: Pick<NodeView, 'attributes'>, shape: readonly number[]): WindowGeometry {
  return flattened(poolVolume(node, shape), shape.length);
}

/**
 * y = the greatest x of each window; padding takes no part. The optional second output is the position of the greatest, counted through the
 * whole tensor (storage_order 1: column-major inside a channel).
 */
export const maxPool: Operator = {
  name: 'MaxPool',
  attributes: ['auto_pad', 'ceil_mode', 'dilations', 'kernel_shape', 'pads', 'storage_order', 'strides'],
  arity: [1, 1],
  infer(node) {
    const x = input(node, 0);
    const geometry = poolVolume(node, x.shape);
    flagAttribute(node, 'storage_order', false);
    const shape = windowShape(geometry, geometry.channels, x.shape.length);
    const outputs: TensorType[] = [{ type: x.type, shape }];
    if (node.outputCount > 1) outputs.push({ type: 'int64', shape });
    return outputs;
  },
  mixesSamples(node, outputs) {
    if (node.outputCount > 1) return 'the positions of the greatest values are counted across samples';
    return firstDimensionStays(node, outputs);
  },
  evaluate(node: NodeView<ConstantTensor>, [output, indices]) {
    const x = input(node, 0);
    const g = poolVolume(node, x.shape);
    const columnMajor = integerAttribute(node, 'storage_order', 0) === 1;
    const [depth, height, width] = g.input;
    let out = 0;
    for (let plane = 0; plane < g.batch * g.channels; plane++) {
      const base = plane * depth * height * width;
      eachWindow(g, (_, [deep, down, across]) => {
        let best = -Infinity;
        let cell = [0, 0, 0];
        for (let kz = deep.from; kz < deep.to; kz++) {
          const z = deep.start + kz * g.dilation[0];
          for (let ky = down.from; ky < down.to; ky++) {
            const y = down.start + ky * g.dilation[1];
            for (let kx = across.from; kx < across.to; kx++) {
              const at = across.start + kx * g.dilation[2];
              const value = x.data[base + (z * height + y) * width + at];
              if (value > best || value !== value) {
                best = value;
                cell = [z, y, at];
              }
            }
          }
        }
        const [z, y, at] = cell;
        if (output) output.data[out] = best;
        if (indices) indices.data[out] = base + (columnMajor ? (at * height + y) * depth + z : (z * height + y) * width + at);
        out++;
      });
    }
  },
};
