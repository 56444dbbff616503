/** ONNX models of one layer, written byte by byte: what the peers run, and what is compiled for chips. */
import { Buffer } from 'node:buffer';

/** Protocol buffer fields: varint (wire type 0) and length-delimited (2). */
function varint(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}
const number = (field, value) => Buffer.concat([varint(field * 8), varint(value)]);
const message = (field, ...parts) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([varint(field * 8 + 2), varint(body.length), body]);
};
const text = (field, value) => message(field, Buffer.from(value));

/** Numbers of ONNX's element types. */
const TYPES = { float32: 1, uint8: 2, int8: 3, int32: 6 };

/** ValueInfoProto; a size of `null` is the free batch. */
function value(field, name, type, sizes) {
  const shape = message(2, ...sizes.map((size) => message(1, size === null ? text(2, 'N') : number(1, size))));
  return message(field, text(1, name), message(2, message(1, number(1, TYPES[type]), shape)));
}

/** TensorProto of a typed array; no sizes: a scalar. */
function constant(name, type, sizes, data) {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return message(5, ...sizes.map((size) => number(1, size)), number(2, TYPES[type]), text(8, name), message(9, bytes));
}

/** NodeProto; attributes are integers or lists of them. */
function node(operator, inputs, output, attributes = {}) {
  const fields = Object.entries(attributes).map(([name, v]) => (Array.isArray(v)
    ? message(5, text(1, name), ...v.map((i) => number(8, i)), number(20, 7))
    : message(5, text(1, name), number(3, v), number(20, 2))));
  return message(1, ...inputs.map((name) => text(1, name)), text(2, output), text(3, `${output}_${operator}`), text(4, operator), ...fields);
}

function model(...parts) {
  return Buffer.concat([number(1, 8), message(7, ...parts, text(2, 'layer')), message(8, text(1, ''), number(2, 13))]);
}

/** y = MatMulInteger(x, w): uint8 [batch x rows] and constant int8 [rows x columns] give int32. */
export function matMulInteger(w, batch, rows, columns) {
  return model(
    node('MatMulInteger', ['x', 'w'], 'y'), constant('w', 'int8', [rows, columns], w),
    value(11, 'x', 'uint8', [batch, rows]), value(12, 'y', 'int32', [batch, columns]),
  );
}

/**
 * @typedef {object} Convolution square maps and kernels, padding that keeps the size at stride 1
 * @property {number} size height and width of the input
 * @property {number} channels
 * @property {number} filters
 * @property {number} kernel
 * @property {number} [stride]
 * @property {number} [groups]
 */

/** Sizes of the result, of the weights, and attributes of the node. */
export function convolutionSizes({ size, channels, filters, kernel, stride = 1, groups = 1 }) {
  const pad = (kernel - 1) / 2;
  const out = Math.floor((size + 2 * pad - kernel) / stride) + 1;
  const attributes = { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad], strides: [stride, stride], group: groups };
  return { input: [1, channels, size, size], output: [1, filters, out, out], weights: [filters, channels / groups, kernel, kernel], attributes };
}

/** QLinearConv of uint8 codes and int8 weights, all zeros 0: y = round(sum / 2^shift), clamped to 0..255. */
export function qLinearConv(convolution, w, shift) {
  const { input, output, weights, attributes } = convolutionSizes(convolution);
  return model(
    node('QLinearConv', ['x', 'one', 'zero', 'w', 'one', 'none', 'scale', 'zero'], 'y', attributes), constant('w', 'int8', weights, w),
    constant('one', 'float32', [], Float32Array.of(1)), constant('scale', 'float32', [], Float32Array.of(2 ** shift)),
    constant('zero', 'uint8', [], Uint8Array.of(0)), constant('none', 'int8', [], Int8Array.of(0)),
    value(11, 'x', 'uint8', input), value(12, 'y', 'uint8', output),
  );
}

/** y = Relu(Conv(x, w)) in float32, with a free batch. */
export function convRelu(convolution, w) {
  const { input, output, weights, attributes } = convolutionSizes(convolution);
  return model(
    node('Conv', ['x', 'w'], 'sum', attributes), node('Relu', ['sum'], 'y'), constant('w', 'float32', weights, w),
    value(11, 'x', 'float32', [null, ...input.slice(1)]), value(12, 'y', 'float32', [null, ...output.slice(1)]),
  );
}
