import { integerAttribute, integersAttribute } from '../attributes.js';
import { firstDimensionStays, input, optionalInput, refuse, type NodeView, type Operator } from '../operator.js';
import type { ConstantTensor } from '../types.js';
import { checkBias } from './conv.js';
import { autoPadding, explicitPads, lifted, perDimension, spatialRank, windowShape, type Triple, type VolumeGeometry } from './window.js';

interface Transposed extends VolumeGeometry {
  readonly groups: number;
  readonly outputs: number;
}

/** Sizes of a ConvTranspose; `before` is what is cut off in front. Errors: T103, T104. */
function transposedGeometry(node: Pick<NodeView, 'attributes'>, x: readonly number[], w: readonly number[]): Transposed {
  const rank = spatialRank(x);
  if (w.length !== x.length) refuse('T104', `weights [${w.join(', ')}] do not fit the operand [${x.join(', ')}]`);
  const declared = integersAttribute(node, 'kernel_shape');
  if (declared && declared.join() !== w.slice(2).join()) {
    refuse('T104', `attribute "kernel_shape" [${declared.join(', ')}] differs from the weights' [${w.slice(2).join(', ')}]`);
  }
  const groups = integerAttribute(node, 'group', 1);
  if (groups < 1 || w[0] !== x[1] || x[1] % groups !== 0) {
    refuse('T104', `weights [${w.join(', ')}] in ${groups} groups do not fit ${x[1]} input channels`);
  }
  const [inside, kernel] = [lifted(x.slice(2), 1), lifted(w.slice(2), 1)];
  const stride = perDimension(node, 'strides', rank, 1, 1);
  const dilation = perDimension(node, 'dilations', rank, 1, 1);
  const added = perDimension(node, 'output_padding', rank, 0, 0);
  const [padBefore, padAfter] = explicitPads(node, rank);
  const wanted = wantedShape(node, rank);
  const autoPad = autoPadding(node);
  const same = autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER';
  const sides = ([0, 1, 2] as const).map((d) => {
    const full = stride[d] * (inside[d] - 1) + added[d] + (kernel[d] - 1) * dilation[d] + 1;
    if (d < 3 - rank) return { before: 0, after: 0, output: 1 };
    if (!wanted && !same) {
      const [before, after] = autoPad === 'VALID' ? [0, 0] : [padBefore[d], padAfter[d]];
      return { before, after, output: full - before - after };
    }
    const output = wanted?.[d] ?? inside[d] * stride[d];
    const cut = full - output;
    // What is wanted beyond the reach of the windows is added behind.
    const before = cut < 0 ? 0 : autoPad === 'SAME_UPPER' ? Math.floor(cut / 2) : Math.ceil(cut / 2);
    return { before, after: cut - before, output };
  });
  const output: Triple = [sides[0].output, sides[1].output, sides[2].output];
  if (output.some((size) => size < 1)) refuse('T104', `a result of ${output.join(' x ')} cells`);
  return {
    batch: x[0], channels: x[1], groups, outputs: w[1] * groups, input: inside, kernel, stride, dilation, output,
    before: [sides[0].before, sides[1].before, sides[2].before], after: [sides[0].after, sides[1].after, sides[2].after],
  };
}

/** The attribute `output_shape`, spatial dimensions alone; some exporters write the whole shape. */
function wantedShape(node: Pick<NodeView, 'attributes'>, rank: number): Triple | undefined {
  const shape = integersAttribute(node, 'output_shape');
  if (!shape || shape.length === 0) return undefined;
  if (shape.length !== rank && shape.length !== rank + 2) refuse('T103', `attribute "output_shape" has ${shape.length} entries for ${rank} dimensions`);
  return lifted(shape.slice(-rank), 1);
}

/**
 * y[n, m, i*s - pad + k*d] += w[c, m, k] * x[n, c, i], starting from the bias: every cell of x puts its window of weights into y. One to three
 * spatial dimensions.
 */
export const convTranspose: Operator = {
  name: 'ConvTranspose',
  attributes: ['auto_pad', 'dilations', 'group', 'kernel_shape', 'output_padding', 'output_shape', 'pads', 'strides'],
  arity: [2, 3],
  constantInputs: [1, 2],
  infer(node) {
    const x = input(node, 0);
    const g = transposedGeometry(node, x.shape, input(node, 1).shape);
    checkBias(optionalInput(node, 2), g.outputs);
    return [{ type: x.type, shape: windowShape(g, g.outputs, x.shape.length) }];
  },
  mixesSamples: firstDimensionStays,
  evaluate(node: NodeView<ConstantTensor>, [output]) {
    if (!output) return;
    const [x, w, bias] = [input(node, 0), input(node, 1), optionalInput(node, 2)];
    const g = transposedGeometry(node, x.shape, w.shape);
    const perGroup = g.outputs / g.groups;
    const channels = g.channels / g.groups;
    const size = g.output[0] * g.output[1] * g.output[2];
    const plane = new Float64Array(size);
    for (let n = 0; n < g.batch; n++) {
      for (let m = 0; m < g.outputs; m++) {
        plane.fill(bias?.data[m] ?? 0);
        const group = Math.floor(m / perGroup);
        for (let c = group * channels; c < (group + 1) * channels; c++) scatter(g, x.data, n * g.channels + c, w.data, c * perGroup + (m % perGroup), plane);
        output.data.set(plane, (n * g.outputs + m) * size);
      }
    }
  },
};

/** Adds the windows of plane `from` of x, under plane `by` of the weights. */
function scatter(g: Transposed, x: ConstantTensor['data'], from: number, w: ConstantTensor['data'], by: number, plane: Float64Array): void {
  const [depth, height, width] = g.input;
  const [kd, kh, kw] = g.kernel;
  const [, rows, columns] = g.output;
  const target = (d: number, i: number, k: number): number => {
    const at = i * g.stride[d] - g.before[d] + k * g.dilation[d];
    return at < g.output[d] ? at : -1;
  };
  for (let z = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      for (let column = 0; column < width; column++) {
        const value = x[((from * depth + z) * height + y) * width + column];
        for (let kz = 0; kz < kd; kz++) {
          const oz = target(0, z, kz);
          for (let ky = 0; ky < kh && oz >= 0; ky++) {
            const oy = target(1, y, ky);
            for (let kx = 0; kx < kw && oy >= 0; kx++) {
              const ox = target(2, column, kx);
              if (ox >= 0) plane[(oz * rows + oy) * columns + ox] += value * w[((by * kd + kz) * kh + ky) * kw + kx];
            }
          }
        }
      }
    }
  }
}
