/** Operator -> lowering. What has no row here is refused by name. */
import { UNARY } from '../../graph/ops/unary.js';
import { OPERATORS } from '../../graph/table.js';
import type { Lowering } from './context.js';
import { clip, dequantize, globalMaxPool, maxPool, pow, prelu, quantize, relu, unaryFunction } from './functions.js';
import { add, averagePool, batchNormalization, conv, div, gemm, globalAveragePool, matmul, mean, mul, neg, reduceMean, reduceSum, sub, sum } from './sums.js';
import { alias, concat, pad, reshape, slice, splitOp, transpose } from './wiring.js';

/** Operators that are a function of one value. */
export const UNARY_OPERATORS: readonly string[] = Object.keys(UNARY).filter((name) => name !== 'Pow' && OPERATORS.has(name));

export const LOWERINGS: Readonly<Record<string, Lowering>> = {
  Conv: conv, Gemm: gemm, MatMul: matmul, BatchNormalization: batchNormalization,
  Add: add, Sub: sub, Mul: mul, Div: div, Neg: neg, Sum: sum, Mean: mean,
  AveragePool: averagePool, GlobalAveragePool: globalAveragePool, ReduceMean: reduceMean, ReduceSum: reduceSum,
  MaxPool: maxPool, GlobalMaxPool: globalMaxPool,
  Relu: relu, Clip: clip, PRelu: prelu, Pow: pow, ...Object.fromEntries(UNARY_OPERATORS.map((name) => [name, unaryFunction])),
  QuantizeLinear: quantize, DequantizeLinear: dequantize,
  Identity: alias, Dropout: alias, Cast: alias,
  Flatten: reshape, Reshape: reshape, Squeeze: reshape, Unsqueeze: reshape, Transpose: transpose,
  Concat: concat, Pad: pad, Slice: slice, Split: splitOp,
};

/** Functions of the network's end that may stay on the host: they do not change which output is largest. */
export const HOST_FUNCTIONS: readonly string[] = ['Softmax', 'ArgMax'];
