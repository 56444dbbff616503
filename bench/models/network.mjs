/** A network while it is being built: nodes with inferred shapes, weights from seeded random numbers. Runs on dist/. */
import { GraphBuilder } from '../../dist/graph/build.js';
import { inferNode } from '../../dist/graph/infer.js';
import { philox } from '../../dist/prng.js';

const OPSET = 14;
/** Mean and standard deviation of the sum of four random bytes, which is nearly normal. */
const MEAN = 510;
const DEVIATION = Math.sqrt((4 * (256 * 256 - 1)) / 12);

/** Values are named by number. Maps are [1, channels, height, width]. */
export class Network {
  #builder;
  #seed;
  /** Random words taken so far, in pairs. */
  #taken = 0;

  constructor(name, shape, seed) {
    this.#builder = new GraphBuilder(name, OPSET);
    this.#seed = seed;
    this.input = this.#builder.addTensor('input', 'float32', [1, ...shape]);
    this.#builder.setInputs([this.input]);
  }

  /** The finished graph, whose output is `output`. */
  graph(output) {
    this.#builder.changeTensor(output, { name: 'logits' });
    this.#builder.setOutputs([output]);
    return this.#builder.toGraph();
  }

  shape(x) {
    return this.#builder.tensor(x).shape;
  }

  channels(x) {
    return this.shape(x)[1];
  }

  /** One node of one output. */
  node(op, inputs, attributes = {}) {
    const operands = inputs.map((id) => {
      const tensor = this.#builder.tensor(id);
      return { ...tensor, batched: tensor.data === undefined };
    });
    const [{ type, shape }] = inferNode({ op, opset: OPSET, attributes, inputs: operands, outputCount: 1 });
    const name = `${op.toLowerCase()}_${this.#builder.nodes().length}`;
    const output = this.#builder.addTensor(name, type, shape);
    this.#builder.addNode(op, inputs, [output], attributes);
    return output;
  }

  constant(values, shape = [values.length]) {
    return this.#builder.addConstant(this.#constantName(), 'float32', shape, Float32Array.from(values));
  }

  integers(values) {
    return this.#builder.addConstant(this.#constantName(), 'int64', [values.length], Float64Array.from(values));
  }

  /** Nearly normal random numbers. */
  random(shape, mean, deviation) {
    const count = shape.reduce((product, size) => product * size, 1);
    const data = new Float32Array(count);
    for (let i = 0; i < count; i += 2) {
      const words = philox([this.#taken++, 0], this.#seed);
      for (let j = i; j < Math.min(i + 2, count); j++) {
        const w = words[j - i];
        const sum = (w & 255) + ((w >>> 8) & 255) + ((w >>> 16) & 255) + (w >>> 24);
        data[j] = mean + (deviation * (sum - MEAN)) / DEVIATION;
      }
    }
    return this.#builder.addConstant(this.#constantName(), 'float32', shape, data);
  }

  #constantName() {
    return `constant_${this.#constants++}`;
  }

  #constants = 0;

  /** Convolution with weights of He's scale, which a ReLU behind it makes as large as its input. Padding keeps the size at stride 1 unless given. */
  conv(x, filters, kernel, { stride = 1, pad = (kernel - 1) / 2, groups = 1, bias = true } = {}) {
    const fan = (this.channels(x) / groups) * kernel * kernel;
    const weights = this.random([filters, fan / (kernel * kernel), kernel, kernel], 0, Math.sqrt(2 / fan));
    const attributes = { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad], group: groups };
    return this.node('Conv', bias ? [x, weights, this.random([filters], 0, 0.1)] : [x, weights], attributes);
  }

  /** Batch normalisation of statistics near 0 and 1. `gain`: its scale; less than 1 at the end of a residual branch, lest the sums grow with depth. */
  norm(x, gain = 1) {
    const shape = [this.channels(x)];
    const [scale, bias] = [this.random(shape, gain, gain / 10), this.random(shape, 0, 0.1)];
    const [mean, variance] = [this.random(shape, 0, 0.1), this.random(shape, 1, 0.1)];
    return this.node('BatchNormalization', [x, scale, bias, mean, variance]);
  }

  relu(x) {
    return this.node('Relu', [x]);
  }

  convRelu(x, filters, kernel, options) {
    return this.relu(this.conv(x, filters, kernel, options));
  }

  /** Convolution without bias, normalisation, ReLU. */
  convNormRelu(x, filters, kernel, options) {
    return this.relu(this.convNorm(x, filters, kernel, options));
  }

  /** Convolution without bias, and normalisation. */
  convNorm(x, filters, kernel, { gain, ...options } = {}) {
    return this.norm(this.conv(x, filters, kernel, { ...options, bias: false }), gain);
  }

  maxPool(x, kernel, stride, { pad = 0, ceil = false } = {}) {
    return this.#pool('MaxPool', x, kernel, stride, pad, ceil ? { ceil_mode: 1 } : {});
  }

  averagePool(x, kernel, stride, { pad = 0 } = {}) {
    return this.#pool('AveragePool', x, kernel, stride, pad, { count_include_pad: 1 });
  }

  #pool(op, x, kernel, stride, pad, attributes) {
    return this.node(op, [x], { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad], ...attributes });
  }

  concat(...inputs) {
    return this.node('Concat', inputs, { axis: 1 });
  }

  add(a, b) {
    return this.node('Add', [a, b]);
  }

  reshape(x, shape) {
    return this.node('Reshape', [x, this.integers(shape)]);
  }

  flatten(x) {
    return this.node('Flatten', [x], { axis: 1 });
  }

  /** Fully connected layer on [1, features]. */
  dense(x, outputs) {
    const inputs = this.shape(x)[1];
    return this.node('Gemm', [x, this.random([outputs, inputs], 0, Math.sqrt(2 / inputs)), this.random([outputs], 0, 0.1)], { transB: 1 });
  }

  /** Mean over the map, and a fully connected layer. */
  head(x, classes) {
    return this.dense(this.flatten(this.node('GlobalAveragePool', [x])), classes);
  }
}
