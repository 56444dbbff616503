/**
 * The operator table: one row an operator. Readers, shape inference, evaluation, tests and the documentation enumerate it.
 */
import {
  abs, elu, erf, exp, gelu, hardSigmoid, hardSwish, leakyRelu, log, mish, neg, reciprocal, relu, selu, sigmoid, softplus, softsign, sqrt, swish,
  tanh,
} from './ops/activation.js';
import { argMax } from './ops/arg-max.js';
import { averagePool } from './ops/average-pool.js';
import { batchNormalization } from './ops/batch-normalization.js';
import { add, div, mul, sub } from './ops/binary.js';
import { cast } from './ops/cast.js';
import { clip } from './ops/clip.js';
import { concat } from './ops/concat.js';
import { constant } from './ops/constant.js';
import { conv } from './ops/conv.js';
import { convTranspose } from './ops/conv-transpose.js';
import { constantOfShape, expand } from './ops/expand.js';
import { gather } from './ops/gather.js';
import { gemm } from './ops/gemm.js';
import { globalAveragePool, globalMaxPool } from './ops/global-pool.js';
import { convInteger, matMulInteger, qLinearConv, qLinearMatMul } from './ops/integer.js';
import { layerNormalization } from './ops/layer-normalization.js';
import { lrn } from './ops/lrn.js';
import { matMul } from './ops/matmul.js';
import { maxPool } from './ops/max-pool.js';
import { pad } from './ops/pad.js';
import { prelu } from './ops/prelu.js';
import { dequantizeLinear, dynamicQuantizeLinear, quantizeLinear } from './ops/quantize.js';
import { pow } from './ops/pow.js';
import { gru, lstm, rnn } from './ops/recurrent.js';
import { reduceMean, reduceSum } from './ops/reduce.js';
import { dropout, flatten, identity, reshape, squeeze, unsqueeze } from './ops/reshape.js';
import { shape } from './ops/shape.js';
import { slice } from './ops/slice.js';
import { logSoftmax, softmax } from './ops/softmax.js';
import { split } from './ops/split.js';
import { transpose } from './ops/transpose.js';
import { max, mean, min, sum } from './ops/variadic.js';
import type { Operator } from './operator.js';

const ROWS: readonly Operator[] = [
  abs, add, argMax, averagePool, batchNormalization, cast, clip, concat, constant, constantOfShape, conv, convInteger, convTranspose, dequantizeLinear, div,
  dropout, dynamicQuantizeLinear, elu, erf, exp, expand, flatten, gather, gelu, gemm, globalAveragePool, globalMaxPool, gru, hardSigmoid, hardSwish,
  identity, layerNormalization, leakyRelu, log, logSoftmax, lrn, lstm, matMul, matMulInteger, max, maxPool, mean, min, mish, mul, neg, pad, pow,
  prelu, qLinearConv, qLinearMatMul, quantizeLinear, reciprocal, reduceMean, reduceSum, relu, reshape, rnn, selu, shape, sigmoid, slice, softmax,
  softplus, softsign, split, sqrt, squeeze, sub, sum, swish, tanh, transpose, unsqueeze,
];

export const OPERATORS: ReadonlyMap<string, Operator> = new Map(ROWS.map((row) => [row.name, row]));
