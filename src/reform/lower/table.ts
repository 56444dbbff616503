/** Operator -> lowering. What has no row here is refused by name. */
import type { Lowering } from './context.js';
import { clip, dequantize, globalMaxPool, leakyRelu, maxPool, prelu, quantize, relu, sigmoid, tanh } from './functions.js';
import { add, averagePool, batchNormalization, conv, div, gemm, globalAveragePool, matmul, mul, reduceMean, sub } from './sums.js';
import { alias, concat, pad, reshape, slice, splitOp, transpose } from './wiring.js';

export const LOWERINGS: Readonly<Record<string, Lowering>> = {
  Conv: conv, Gemm: gemm, MatMul: matmul, BatchNormalization: batchNormalization,
  Add: add, Sub: sub, Mul: mul, Div: div,
  AveragePool: averagePool, GlobalAveragePool: globalAveragePool, ReduceMean: reduceMean,
  MaxPool: maxPool, GlobalMaxPool: globalMaxPool,
  Relu: relu, Clip: clip, LeakyRelu: leakyRelu, PRelu: prelu, Sigmoid: sigmoid, Tanh: tanh,
  QuantizeLinear: quantize, DequantizeLinear: dequantize,
  Identity: alias, Dropout: alias, Cast: alias,
  Flatten: reshape, Reshape: reshape, Squeeze: reshape, Unsqueeze: reshape, Transpose: transpose,
  Concat: concat, Pad: pad, Slice: slice, Split: splitOp,
};

/** Functions of the network's end that may stay on the host: they do not change which output is largest. */
export const HOST_FUNCTIONS: readonly string[] = ['Softmax', 'ArgMax'];
