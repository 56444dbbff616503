import { integerAttribute, integersAttribute } from '../attributes.js';
import { firstDimensionStays, input, optionalInput, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';
import { eachWindow, flattened, volumeGeometry, windowShape, type VolumeGeometry, type WindowGeometry } from './window.js';

interface Grouped {
  readonly groups: number;
  /** Output channels, all groups together. */
  readonly outputs: number;
}

export type ConvGeometry = WindowGeometry & Grouped;
export type ConvVolume = VolumeGeometry & Grouped;

/** Geometry of a convolution from its attributes and the shapes of its operands. Errors: T103, T104. */
export function convVolume(node: Pick<NodeView, 'attributes'>, x: readonly number[], w: readonly number[]): ConvVolume {
  if (w.length !== x.length) refuse('T104', `weights [${w.join(', ')}] do not fit the operand [${x.join(', ')}]`);
  const groups = integerAttribute(node, 'group', 1);
  const kernel = w.slice(2);
  const declared = integersAttribute(node, 'kernel_shape');
  if (declared && declared.join() !== kernel.join()) {
    refuse('T104', `attribute "kernel_shape" [${declared.join(', ')}] differs from the weights' [${kernel.join(', ')}]`);
  }
  const geometry = volumeGeometry(node, x, kernel, false);
  const outputs = w[0];
  if (groups < 1 || outputs % groups !== 0 || w[1] * groups !== geometry.channels) {
    refuse('T104', `weights [${w.join(', ')}] in ${groups} groups do not fit ${geometry.channels} input channels`);
  }
  return { ...geometry, groups, outputs };
}

/** As `convVolume`, over at most two spatial dimensions. */
export function convGeometry(node: Pick<NodeView, 'attributes'>, x: readonly number[], w: readonly number[]): ConvGeometry {
  const { groups, outputs, ...volume } = convVolume(node, x, w);
  return { ...flattened(volume, x.length), groups, outputs };
}

/**
 * y[n, m, oy, ox] = b[m] + sum over c, ky, kx of w[m, c, ky, kx] * x[n, g*C/G + c, oy*s - pad + ky*d, ox*s - pad + kx*d], x = 0 outside;
 * g is the group of m. One to three spatial dimensions.
 */
export const conv: Operator = {
  name: 'Conv',
  attributes: ['auto_pad', 'dilations', 'group', 'kernel_shape', 'pads', 'strides'],
  arity: [2, 3],
  constantInputs: [1, 2],
  infer(node) {
    const x = input(node, 0);
    const geometry = convVolume(node, x.shape, input(node, 1).shape);
    checkBias(optionalInput(node, 2), geometry.outputs);
    return [{ type: x.type, shape: windowShape(geometry, geometry.outputs, x.shape.length) }];
  },
  mixesSamples: firstDimensionStays,
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    const x = input(node, 0);
    const w = input(node, 1);
    convolve(convVolume(node, x.shape, w.shape), x.data, w.data, optionalInput(node, 2)?.data, output.data);
  },
};

/** Refuses a bias that is not one number an output channel. */
export function checkBias(bias: { readonly shape: readonly number[] } | undefined, outputs: number): void {
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outputs)) {
    refuse('T104', `bias [${bias.shape.join(', ')}] does not fit ${outputs} output channels`);
  }
}

type Numbers = ConstantTensor['data'];

/** The sums of a convolution, each in float64. */
export function convolve(g: ConvVolume, x: Numbers, w: Numbers, bias: Numbers | undefined, y: Numbers): void {
  const [depth, height, width] = g.input;
  const volume = depth * height * width;
  const [kd, kh, kw] = g.kernel;
  const window = kd * kh * kw;
  const channels = g.channels / g.groups;
  const perGroup = g.outputs / g.groups;
  let out = 0;
  for (let n = 0; n < g.batch; n++) {
    for (let m = 0; m < g.outputs; m++) {
      const first = (n * g.channels + Math.floor(m / perGroup) * channels) * volume;
      const start = bias?.[m] ?? 0;
      eachWindow(g, (_, [deep, down, across]) => {
        let sum = start;
        for (let c = 0; c < channels; c++) {
          for (let kz = deep.from; kz < deep.to; kz++) {
            for (let ky = down.from; ky < down.to; ky++) {
              const row = (deep.start + kz * g.dilation[0]) * height + down.start + ky * g.dilation[1];
              const at = first + c * volume + row * width + across.start;
              const weights = (m * channels + c) * window + (kz * kh + ky) * kw;
              for (let kx = across.from; kx < across.to; kx++) sum += x[at + kx * g.dilation[2]] * w[weights + kx];
            }
          }
        }
        y[out++] = sum;
      });
    }
  }
}
