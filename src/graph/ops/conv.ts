import { integerAttribute, integersAttribute } from '../attributes.js';
import { firstDimensionStays, input, optionalInput, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';
import { taps, windowGeometry, windowShape, type WindowGeometry } from './window.js';

export interface ConvGeometry extends WindowGeometry {
  readonly groups: number;
  /** Output channels, all groups together. */
  readonly outputs: number;
}

/** Geometry of a Conv node from its attributes and the shapes of its operands. Errors: T103, T104. */
export function convGeometry(node: Pick<NodeView, 'attributes'>, x: readonly number[], w: readonly number[]): ConvGeometry {
  if (w.length !== x.length) refuse('T104', `weights [${w.join(', ')}] do not fit the operand [${x.join(', ')}]`);
  const groups = integerAttribute(node, 'group', 1);
  const kernel = w.slice(2);
  const declared = integersAttribute(node, 'kernel_shape');
  if (declared && declared.join() !== kernel.join()) {
    refuse('T104', `attribute "kernel_shape" [${declared.join(', ')}] differs from the weights' [${kernel.join(', ')}]`);
  }
  const geometry = windowGeometry(node, x, kernel, false);
  const outputs = w[0] as number;
  if (groups < 1 || outputs % groups !== 0 || (w[1] as number) * groups !== geometry.channels) {
    refuse('T104', `weights [${w.join(', ')}] in ${groups} groups do not fit ${geometry.channels} input channels`);
  }
  return { ...geometry, groups, outputs };
}

/**
 * y[n, m, oy, ox] = b[m] + sum over c, ky, kx of w[m, c, ky, kx] * x[n, g*C/G + c, oy*s - pad + ky*d, ox*s - pad + kx*d], x = 0 outside;
 * g is the group of m. One or two spatial dimensions.
 */
export const conv: Operator = {
  name: 'Conv',
  attributes: ['auto_pad', 'dilations', 'group', 'kernel_shape', 'pads', 'strides'],
  arity: [2, 3],
  constantInputs: [1, 2],
  infer(node) {
    const x = input(node, 0);
    const geometry = convGeometry(node, x.shape, input(node, 1).shape);
    const bias = optionalInput(node, 2);
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== geometry.outputs)) {
      refuse('T104', `bias [${bias.shape.join(', ')}] does not fit ${geometry.outputs} output channels`);
    }
    return [{ type: x.type, shape: windowShape(geometry, geometry.outputs, x.shape.length) }];
  },
  mixesSamples: firstDimensionStays,
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    const x = input(node, 0);
    const w = input(node, 1);
    convolve(convGeometry(node, x.shape, w.shape), x, w, optionalInput(node, 2), output);
  },
};

function convolve(g: ConvGeometry, x: ConstantTensor, w: ConstantTensor, bias: ConstantTensor | undefined, y: ConstantTensor): void {
  const [height, width] = g.input;
  const [rows, columns] = g.output;
  const plane = height * width;
  const depth = g.channels / g.groups;
  const window = g.kernel[0] * g.kernel[1];
  const perGroup = g.outputs / g.groups;
  const across = Array.from({ length: columns }, (_, ox) => taps(g, 1, ox));
  let out = 0;
  for (let n = 0; n < g.batch; n++) {
    for (let m = 0; m < g.outputs; m++) {
      const first = (n * g.channels + Math.floor(m / perGroup) * depth) * plane;
      for (let oy = 0; oy < rows; oy++) {
        const down = taps(g, 0, oy);
        for (const side of across) {
          let sum = (bias?.data[m] as number | undefined) ?? 0;
          for (let c = 0; c < depth; c++) {
            const weights = (m * depth + c) * window;
            for (let ky = down.from; ky < down.to; ky++) {
              const at = first + c * plane + (down.start + ky * g.dilation[0]) * width + side.start;
              for (let kx = side.from; kx < side.to; kx++) {
                sum += (x.data[at + kx * g.dilation[1]] as number) * (w.data[weights + ky * g.kernel[1] + kx] as number);
              }
            }
          }
          y.data[out++] = sum;
        }
      }
    }
  }
}
