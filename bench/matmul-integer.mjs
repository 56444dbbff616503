/**
 * The peer: onnxruntime-web's MatMulInteger (uint8 x int8 -> int32), one thread, on a model written byte by byte.
 */
import { Buffer } from 'node:buffer';
import * as ort from 'onnxruntime-web';

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
const UINT8 = 2;
const INT8 = 3;
const INT32 = 6;

/** ValueInfoProto of a matrix. */
function matrix(field, name, type, rows, columns) {
  const shape = message(2, ...[rows, columns].map((size) => message(1, number(1, size))));
  return message(field, text(1, name), message(2, message(1, number(1, type), shape)));
}

/** ModelProto: y = MatMulInteger(x, w), w constant. */
function model(w, batch, rows, columns) {
  const node = message(1, text(1, 'x'), text(1, 'w'), text(2, 'y'), text(4, 'MatMulInteger'));
  const weights = message(5, number(1, rows), number(1, columns), number(2, INT8), text(8, 'w'), message(9, Buffer.from(w.buffer)));
  const edges = [matrix(11, 'x', UINT8, batch, rows), matrix(12, 'y', INT32, batch, columns)];
  const graph = message(7, node, text(2, 'product'), weights, ...edges);
  return Buffer.concat([number(1, 8), graph, message(8, text(1, ''), number(2, 13))]);
}

/**
 * @param {Int8Array} w [rows x columns]
 * @param {Uint8Array} x [batch x rows]
 * @returns {Promise<() => Promise<Int32Array>>} one product
 */
export async function matMulInteger(w, x, batch, rows, columns) {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  const session = await ort.InferenceSession.create(model(w, batch, rows, columns), { executionProviders: ['wasm'] });
  const feeds = { x: new ort.Tensor('uint8', x, [batch, rows]) };
  return async () => (await session.run(feeds)).y.data;
}
