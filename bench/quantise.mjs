/**
 * A float network in the integer forms that onnxruntime runs fastest: uint8 codes with one range a tensor, int8 weights with one scale a filter,
 * int32 biases. `qoperator` names the integer operators; `qdq` puts QuantizeLinear and DequantizeLinear around float ones, which the runtime
 * fuses. Ranges are least and greatest values of a few runs of the float network, so accuracy is plain; speed does not depend on it.
 *
 * Takes networks of Conv, BatchNormalization behind it, Relu, Clip, MaxPool, Concat, Add, GlobalAveragePool, Flatten, Gemm.
 */
import { encodeModel } from '../dist/read/onnx-schema.js';
import { tensorProto } from '../dist/write/onnx.js';

export const FORMS = ['qdq', 'qoperator'];
/** Domain of those integer operators that are onnxruntime's own. */
const OWN = 'com.microsoft';
const ACTIVATIONS = ['Relu', 'Clip'];
/** Operators that hand codes on as they are. */
const SAME_CODES = ['MaxPool', 'Concat', 'Flatten'];
const FORM_OPSET = 13;

/**
 * The network as layers: convolutions with normalisation and activation taken in.
 * @returns {{ layers: object[], tensors: number[] }} `tensors`: those whose ranges are needed
 */
export function layersOf(graph) {
  const users = (id) => graph.nodes.filter(({ inputs }) => inputs.includes(id));
  const next = (id, ops) => {
    const [user, ...more] = users(id);
    return user !== undefined && more.length === 0 && ops.includes(user.op) ? user : undefined;
  };
  const taken = new Set();
  const layers = [];
  for (const node of graph.nodes) {
    if (taken.has(node)) continue;
    const inputs = node.inputs.filter((id) => id >= 0 && graph.tensors[id].data === undefined);
    const layer = { op: node.op, inputs, output: node.outputs[0], attributes: node.attributes };
    if (node.op === 'Conv' || node.op === 'Gemm') Object.assign(layer, parametersOf(graph, node));
    const take = (follower) => {
      taken.add(follower);
      [layer.output] = follower.outputs;
    };
    const normalisation = node.op === 'Conv' ? next(layer.output, ['BatchNormalization']) : undefined;
    if (normalisation !== undefined) {
      normalise(graph, normalisation, layer);
      take(normalisation);
    }
    const activation = next(layer.output, ACTIVATIONS);
    if (activation !== undefined) take(activation);
    layers.push(layer);
  }
  return { layers, tensors: [graph.inputs[0], ...layers.map(({ output }) => output)] };
}

/** Weights of a filter side by side, and biases. */
function parametersOf(graph, { op, inputs, attributes }) {
  if (op === 'Gemm' && attributes.transB !== 1) throw new Error('a Gemm whose weights are not transposed');
  const { shape, data } = graph.tensors[inputs[1]];
  const bias = inputs[2] === undefined || inputs[2] < 0 ? new Float32Array(shape[0]) : graph.tensors[inputs[2]].data;
  return { shape, weights: Float32Array.from(data), bias: Float32Array.from(bias) };
}

/** BatchNormalization as factors of the filters. */
function normalise(graph, { inputs, attributes }, { weights, bias }) {
  const [scale, shift, mean, variance] = inputs.slice(1).map((id) => graph.tensors[id].data);
  const size = weights.length / bias.length;
  bias.forEach((b, filter) => {
    const factor = scale[filter] / Math.sqrt(variance[filter] + (attributes.epsilon ?? 1e-5));
    for (let i = filter * size; i < (filter + 1) * size; i++) weights[i] *= factor;
    bias[filter] = (b - mean[filter]) * factor + shift[filter];
  });
}

/**
 * The bytes of an ONNX file.
 * @param {string} form of FORMS
 * @param {Map<number, [number, number]>} ranges of `layersOf(graph).tensors`
 */
export function quantised(graph, form, ranges) {
  const { layers } = layersOf(graph);
  const file = new Writer(codesOf(layers, ranges, graph.inputs[0]), form);
  const [input] = graph.inputs;
  file.quantise('input', input);
  layers.forEach((layer) => file.layer(layer));
  file.dequantise(graph.outputs[0], 'output');
  return file.bytes(graph.tensors[input].shape, graph.tensors[graph.outputs[0]].shape);
}

/** Scale and zero of every tensor; those whose codes are handed on have the same. */
function codesOf(layers, ranges, input) {
  const root = new Map([input, ...layers.map(({ output }) => output)].map((id) => [id, id]));
  const find = (id) => (root.get(id) === id ? id : find(root.get(id)));
  for (const { op, inputs, output } of layers) if (SAME_CODES.includes(op)) inputs.forEach((id) => root.set(find(id), find(output)));
  const shared = new Map();
  for (const [id, [lo, hi]] of ranges) {
    const [a, b] = shared.get(find(id)) ?? [0, 0];
    shared.set(find(id), [Math.min(a, lo), Math.max(b, hi)]);
  }
  return new Map([...root.keys()].map((id) => {
    const [lo, hi] = shared.get(find(id));
    const scale = (hi - lo) / 255 || 1;
    return [id, { scale, zero: Math.round(-lo / scale) }];
  }));
}

/** A file while it is being written. Tensors are named by number: `q` codes, `f` numbers. */
class Writer {
  #nodes = [];
  #constants = [];

  constructor(codes, form) {
    this.codes = codes;
    this.form = form;
    for (const [id, { scale, zero }] of codes) {
      this.#constant(`s${id}`, 'float32', [], Float32Array.of(scale));
      this.#constant(`z${id}`, 'uint8', [], Uint8Array.of(zero));
    }
  }

  #constant(name, type, shape, data) {
    this.#constants.push({ ...tensorProto({ type, shape, data }), name });
    return name;
  }

  #node(opType, input, output, attributes = {}, domain = '') {
    const attribute = Object.entries(attributes).map(([name, v]) => (Array.isArray(v)
      ? { name, type: 7, ints: v.map(BigInt) } : Number.isInteger(v) ? { name, type: 2, i: BigInt(v) } : { name, type: 1, f: v }));
    this.#nodes.push({ name: `${output}_${opType}`, opType, domain, input, output: [output], attribute });
  }

  quantise(from, id) {
    this.#node('QuantizeLinear', [from, `s${id}`, `z${id}`], `q${id}`);
  }

  dequantise(id, to) {
    this.#node('DequantizeLinear', [`q${id}`, `s${id}`, `z${id}`], to);
  }

  layer(layer) {
    if (layer.weights !== undefined) this.#parameters(layer);
    if (this.form === 'qdq') this.#around(layer);
    else this.#integer(layer);
  }

  /** A float operator between its codes. */
  #around({ op, inputs, output, attributes, weights }) {
    const operands = inputs.map((id) => {
      const name = `f${id}_${output}`;
      this.dequantise(id, name);
      return name;
    });
    if (weights !== undefined) {
      for (const [kind, from] of [['w', `w${output}`], ['b', `b${output}`]]) {
        this.#node('DequantizeLinear', [from, `${kind}s${output}`, `${kind}z${output}`], `f${from}`, { axis: 0 });
        operands.push(`f${from}`);
      }
    }
    this.#node(op, operands, `f${output}`, attributes);
    this.quantise(`f${output}`, output);
  }

  #integer({ op, inputs, output, attributes }) {
    const coded = (id) => [`q${id}`, `s${id}`, `z${id}`];
    const own = coded(output).slice(1);
    const weights = [`w${output}`, `ws${output}`, `wz${output}`];
    const operands = inputs.flatMap(coded);
    if (op === 'Conv') this.#node('QLinearConv', [...operands, ...weights, ...own, `b${output}`], `q${output}`, attributes);
    else if (op === 'Gemm') this.#node('QGemm', [...operands, ...weights, `b${output}`, ...own], `q${output}`, { transB: 1 }, OWN);
    else if (op === 'Add') this.#node('QLinearAdd', [...operands, ...own], `q${output}`, {}, OWN);
    else if (op === 'GlobalAveragePool') this.#node('QLinearGlobalAveragePool', [...operands, ...own], `q${output}`, { channels_last: 0 }, OWN);
    else if (SAME_CODES.includes(op)) this.#node(op, inputs.map((id) => `q${id}`), `q${output}`, attributes);
    else throw new Error(`no integer form of ${op}`);
  }

  /** Weights and biases as integers: one scale a filter. */
  #parameters({ inputs: [x], output, shape, weights, bias }) {
    const size = weights.length / bias.length;
    const scales = Float32Array.from(bias, (_, filter) => {
      const most = weights.subarray(filter * size, (filter + 1) * size).reduce((a, w) => Math.max(a, Math.abs(w)), 0);
      return most / 127 || 1;
    });
    const sums = scales.map((scale) => scale * this.codes.get(x).scale);
    const count = [bias.length];
    this.#constant(`w${output}`, 'int8', shape, Int8Array.from(weights, (w, i) => Math.round(w / scales[Math.floor(i / size)])));
    this.#constant(`ws${output}`, 'float32', count, scales);
    this.#constant(`wz${output}`, 'int8', count, new Int8Array(bias.length));
    this.#constant(`b${output}`, 'int32', count, Int32Array.from(bias, (b, filter) => Math.round(b / sums[filter])));
    if (this.form !== 'qdq') return;
    this.#constant(`bs${output}`, 'float32', count, sums);
    this.#constant(`bz${output}`, 'int32', count, new Int32Array(bias.length));
  }

  bytes(input, output) {
    const value = (name, [, ...sizes]) => {
      const dim = [{ value: { case: 'dimParam', value: 'N' } }, ...sizes.map((n) => ({ value: { case: 'dimValue', value: BigInt(n) } }))];
      return { name, type: { value: { case: 'tensorType', value: { elemType: 1, shape: { dim } } } } };
    };
    const used = new Set(this.#nodes.flatMap(({ input: names }) => names));
    const initializer = this.#constants.filter(({ name }) => used.has(name));
    return encodeModel({
      irVersion: 8n, producerName: 'trestle', opsetImport: [{ domain: '', version: BigInt(FORM_OPSET) }, { domain: OWN, version: 1n }],
      graph: { name: 'integer', input: [value('input', input)], output: [value('output', output)], initializer, node: this.#nodes },
    });
  }
}
