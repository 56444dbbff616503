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
import { gather } from './ops/gather.js';
import { gemm } from './ops/gemm.js';
import { globalAveragePool, globalMaxPool } from './ops/global-pool.js';
import { layerNormalization } from './ops/layer-normalization.js';
import { lrn } from './ops/lrn.js';
import { matMul } from './ops/matmul.js';
import { maxPool } from './ops/max-pool.js';
import { pad } from './ops/pad.js';
import { prelu } from './ops/prelu.js';
import { dequantizeLinear, quantizeLinear } from './ops/quantize.js';
import { pow } from './ops/pow.js';
import { reduceMean, reduceSum } from './ops/reduce.js';
import { dropout, flatten, identity, reshape, squeeze, unsqueeze } from './ops/reshape.js';
import { shape } from './ops/shape.js';
import { slice } from './ops/slice.js';
import { softmax } from './ops/softmax.js';
import { split } from './ops/split.js';
import { transpose } from './ops/transpose.js';
import { max, mean, min, sum } from './ops/variadic.js';
import type { Operator } from './operator.js';

const ROWS: readonly Operator[] = [
  abs, add, argMax, averagePool, batchNormalization, cast, clip, concat, constant, conv, dequantizeLinear, div, dropout, elu, erf, exp, flatten, gather,
  gelu, gemm, globalAveragePool, globalMaxPool, hardSigmoid, hardSwish, identity, layerNormalization, leakyRelu, log, lrn, matMul, max, maxPool, mean,
  min, mish, mul, neg, pad, pow, prelu, quantizeLinear, reciprocal, reduceMean, reduceSum, relu, reshape, selu, shape, sigmoid, slice, softmax, softplus,
  softsign, split, sqrt, squeeze, sub, sum, swish, tanh, transpose, unsqueeze,
];

export const OPERATORS: ReadonlyMap<string, Operator> = new Map(ROWS.map((row) => [row.name, row]));
