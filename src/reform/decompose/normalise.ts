/** Normalisations in their parts: squares, weighted sums of them, a power, a product. */
import { elements, optionalInput } from '../../graph/operator.js';
import { normalizedFrom } from '../../graph/ops/layer-normalization.js';
import { responseTerms } from '../../graph/ops/lrn.js';
import type { GraphNode } from '../../graph/types.js';
import type { Decomposition, Rewriter } from './rewriter.js';

/** `weights` [outputs x inputs] over the channels of x, at every position, plus `bias`. */
function overChannels(r: Rewriter, near: string, x: number, weights: Float32Array, outputs: number, bias: number): number {
  const { shape } = r.tensor(x);
  const inputs = shape[1];
  const size = shape.slice(2);
  const result = [shape[0], outputs, ...size];
  if (size.length > 0) {
    const b = r.constant(new Float32Array(outputs).fill(bias), [outputs]);
    return r.node(near, 'Conv', [x, r.constant(weights, [outputs, inputs, ...size.map(() => 1)]), b], {}, result);
  }
  const transposed = weights.map((_, i) => weights[(i % outputs) * inputs + Math.floor(i / outputs)]);
  return r.shifted(near, r.node(near, 'MatMul', [x, r.constant(transposed, [inputs, outputs])], {}, result), bias);
}

/** x * (bias + alpha / size * sum of x^2)^-beta. */
export const lrn: Decomposition = (r, node) => {
  const [x] = node.inputs;
  const { shape } = r.tensor(x);
  if (shape.length > 4) return null;
  const near = r.tensor(node.outputs[0]).name;
  const { size, before, after, alpha, beta, bias } = responseTerms(node);
  const channels = shape[1];
  const band = Float32Array.from({ length: channels * channels }, (_, i) => {
    const distance = (i % channels) - Math.floor(i / channels);
    return distance >= -before && distance <= after ? alpha / size : 0;
  });
  const sums = overChannels(r, near, r.power(near, x, 2), band, channels, bias);
  return r.node(near, 'Mul', [x, r.power(near, sums, -beta)]);
};

/** c * (mean of c^2 + epsilon)^-1/2 * scale + bias with c = x - mean, over the channels of a map: other dimensions are made channels and back. */
export const layerNormalization: Decomposition = (r, node) => {
  const [x] = node.inputs;
  const { shape } = r.tensor(x);
  const near = r.tensor(node.outputs[0]).name;
  const { axis, epsilon } = normalizedFrom(node, shape.length);
  const normalised = (map: number): number => overMap(r, node, near, map, epsilon);
  if (shape.length === 2) return normalised(x);
  if (shape.length === 3 && axis === 2) {
    const turned = [shape[0], shape[2], shape[1]];
    const inside = normalised(r.node(near, 'Transpose', [x], { perm: [0, 2, 1] }, turned));
    return r.node(near, 'Transpose', [inside], { perm: [0, 2, 1] }, shape);
  }
  if (axis !== 1) return null;
  const flat = r.node(near, 'Reshape', [x, r.integers([-1, elements(shape.slice(1))])], {}, [shape[0], elements(shape.slice(1))]);
  return r.node(near, 'Reshape', [normalised(flat), r.integers([-1, ...shape.slice(1)])], {}, shape);
};

function overMap(r: Rewriter, node: GraphNode, near: string, x: number, epsilon: number): number {
  const { shape } = r.tensor(x);
  const n = shape[1];
  const centring = Float32Array.from({ length: n * n }, (_, i) => (Math.floor(i / n) === i % n ? 1 : 0) - 1 / n);
  const centred = overChannels(r, near, x, centring, n, 0);
  const variance = overChannels(r, near, r.power(near, centred, 2), new Float32Array(n).fill(1 / n), 1, epsilon);
  const product = r.node(near, 'Mul', [centred, r.power(near, variance, -0.5)]);
  const [scale, bias] = [node.inputs[1], optionalInput({ ...node, opset: r.opset, outputCount: 1 }, 2) ?? -1];
  const perChannel = (id: number): number => r.constant(r.tensor(id).data ?? [], [n, ...shape.slice(2).map(() => 1)]);
  const scaled = r.node(near, 'Mul', [product, perChannel(scale)]);
  return bias < 0 ? scaled : r.node(near, 'Add', [scaled, perChannel(bias)]);
}
