/** Options and operands. */
import { floats } from '../../read/models.js';
import { onnx, type BadCase } from './case.js';

const compile = ['compile', 'relu.onnx', '--chip', 'prime', '--calibrate', 'random:0'];
const evaluate = ['evaluate', 'x.trestle', '--data', 'x.yaml'];
const files = { 'relu.onnx': onnx() };

/** Two matrix products, which take two cores. */
const two = onnx({
  constants: { w: floats([4, 4], Array.from({ length: 16 }, (_, i) => i - 7)) }, nodes: [
    { op: 'MatMul', inputs: ['x', 'w'], outputs: ['a'] }, { op: 'Relu', inputs: ['a'], outputs: ['b'] }, { op: 'MatMul', inputs: ['b', 'w'], outputs: ['y'] },
  ],
});

/** A value of an option that is wrong usage. */
function value(command: readonly string[], option: string, text: string): BadCase {
  return { name: `${command[0]} ${option} ${text}`, args: [...command, option, text], status: 2,
    errors: [`T002 ${option}: the value is "${text}"`] };
}

function usage(name: string, args: readonly string[], error: string): BadCase {
  return { name, args, status: 2, errors: [error] };
}

/** A value that only the work finds to be wrong. */
function unusable(args: readonly string[], error: string): BadCase {
  return { name: args.slice(-2).join(' '), args, files, errors: [error] };
}

export const options: readonly BadCase[] = [
  usage('an unknown command', ['frobnicate'], "T001 trestle: unknown command 'frobnicate'"),
  usage('an unknown option', ['chips', '--frobnicate'], "T001 trestle chips: unknown option '--frobnicate'"),
  usage('an option with a typing error', [...compile, '--sample', '3'], "T001 trestle compile: unknown option '--sample'"),
  usage('too many operands', ['chips', 'prime', 'tianji'], 'T001 trestle chips: too many arguments'),
  usage('a missing operand', ['inspect'], "T001 trestle inspect: missing required argument 'MODEL'"),
  usage('a missing option', ['compile', 'relu.onnx', '--chip', 'prime'],
    "T001 trestle compile: required option '--calibrate <card>' not specified"),
  usage('an option without its value', [...compile, '--seed'], "T001 trestle compile: option '--seed <n>' argument missing"),
  value(evaluate, '--limit', 'many'),
  value(evaluate, '--limit', '0'),
  value(evaluate, '--limit', '99999999999'),
  value(evaluate, '--shard', '0/4'),
  value(evaluate, '--shard', '5/4'),
  value(evaluate, '--shard', 'half'),
  usage('merge of nothing', ['merge'], "T001 trestle merge: missing required argument 'PART.jsonl'"),
  usage('a cluster that is not known', ['submit', 'x.trestle', '--data', 'x.yaml', '--engine', 'cron', '--parts', '2', '-o', 'run'], 'T002 --engine: '),
  { name: 'results that are none', args: ['merge', 'a.jsonl'], files: { 'a.jsonl': 'a,b\n' }, errors: ['T510 a.jsonl: it does not begin with the header'] },
  { name: 'results that are not there', args: ['merge', 'a.jsonl', 'b.jsonl'], errors: ['T100 a.jsonl: ', 'T100 b.jsonl: '] },
  value(evaluate, '--batch', '0'),
  value(evaluate, '--batch', '65537'),
  value(['demo'], '--workers', '-1'),
  value(['demo'], '--workers', '257'),
  value(['demo'], '--workers', '1.5'),
  value(['demo'], '--workers', '0x10'),
  value(compile, '--samples', '0'),
  value(compile, '--samples', '1e3'),
  value(compile, '--samples', ''),
  value(compile, '--seed', '4294967296'),
  value(compile, '--seed', 'NaN'),
  value(compile, '--cores', '0'),
  value(compile, '--copies', '0'),
  value(compile, '--copies', '17'),
  value(compile, '--copies', 'many'),
  value([...compile, '--copies', 'auto'], '--budget-cores', '0'),
  value([...compile, '--copies', 'auto'], '--budget-cores', '0.5x'),
  value([...compile, '--copies', 'auto'], '--budget-cores', '4y'),
  usage('a budget without copies to choose', [...compile, '--budget-cores', '4x'], 'T001 trestle compile: --budget-cores needs --copies auto'),
  { name: 'fewer cores than there must be', files: { 'two.onnx': two }, args: [
    'compile', 'two.onnx', '--chip', 'prime', '--calibrate', 'random:0', '--samples', '4', '--copies', 'auto', '--budget-cores', '1'],
  errors: ['T409 chip prime: 1 cores are given for copies'] },
  unusable([...compile, '--kernel', 'fast'], 'T503 kernel fast: no such kernel'),
  unusable([...compile, '--kernel', ''], 'T503 kernel : no such kernel'),
  unusable([...compile, '--samples', '2147483647'], 'T402 random:0: 2147483647 calibration samples'),
  unusable([...compile.slice(0, 5), 'random:x'], 'T402 random:x: the seed is no whole number'),
  unusable([...compile.slice(0, 5), 'random:'], 'T402 random:: the seed is no whole number'),
  unusable([...compile.slice(0, 5), 'random:-1'], 'T402 random:-1: the seed is no whole number'),
  unusable([...compile.slice(0, 5), 'random:4294967296'], 'T402 seed: the seed is 4294967296'),
];
