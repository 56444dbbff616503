/**
 * Errors of functions on chips with nothing but ReLU: a layer of random weights, then the function, compiled on one half of seeded random samples and measured
 * on others.
 *
 *     node scripts/measure/functions.mjs [CHIP ...]
 *
 * Chips are names or YAML files; default prime-ideal and examples/chips/relu-8bit.yaml. `allowed`: the stated tolerance; of functions that are several
 * in a row (a product, LRN), with 2.5 steps of a code for the sums between them. `on codes`: the function alone, as `compile` states it. `whole`: the network's
 * output against the float network, with the rounding of everything before and the ends of ranges, which few values pass: the mean, and what 99 of 100
 * keep to. All as shares of the range of the results. Ends with status 1 if an error
 * on codes, or the whole of a product or LRN, is not within what is allowed.
 */
import { join } from 'node:path';
import { GraphBuilder } from '../../dist/graph/build.js';
import { evaluateNode } from '../../dist/graph/infer.js';
import { compile, coreOpsOf, loadChip, run } from '../../dist/index.js';
import { random32 } from '../../dist/prng.js';
import { root } from '../files.mjs';

const CHANNELS = 16;
const SAMPLES = 512;
/** Steps of a code that the sums around several functions in a row may add. */
const STEPS_BETWEEN = 2.5;

/** About normal: the sum of twelve even ones. */
function normal(seed, index) {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random32(seed, index * 12 + i) / 2 ** 32;
  return sum;
}

const values = (seed, count, scale = 1) => Float32Array.from({ length: count }, (_, i) => scale * normal(seed, i));

/** x -> a matrix product -> what `build` makes of it, [1, CHANNELS] throughout. */
function network(build) {
  const b = new GraphBuilder('measured', 13);
  const x = b.addTensor('x', 'float32', [1, CHANNELS]);
  const node = (op, inputs, attributes = {}) => {
    const y = b.addTensor(`${op}${b.nodes().length}`, 'float32', [1, CHANNELS]);
    b.addNode(op, inputs, [y], attributes);
    return y;
  };
  const product = (seed) => node('MatMul', [x, b.addConstant(`w${seed}`, 'float32', [CHANNELS, CHANNELS], values(seed, CHANNELS * CHANNELS, 0.5))]);
  const y = build(node, product);
  b.setInputs([x]);
  b.setOutputs([y]);
  return b.toGraph();
}

const CASES = [
  ...['Sigmoid', 'Tanh', 'Gelu', 'Swish', 'HardSwish', 'Elu', 'Softplus', 'Exp', 'Abs']
    .map((op) => ({ name: op, build: (node, product) => node(op, [product(1)]) })),
  { name: 'product', build: (node, product) => node('Mul', [product(1), node('Relu', [product(2)])]), several: true },
  { name: 'LRN', build: (node, product) => node('LRN', [node('Relu', [product(1)])], { size: 5, alpha: 1, beta: 0.75, bias: 1 }), several: true },
];

/** The float network's outputs, by its operators' plain evaluation. */
function floatOutputs(graph, x, count) {
  const known = new Map([[graph.inputs[0], { type: 'float32', shape: [count, CHANNELS], data: x }]]);
  for (const { op, attributes, inputs, outputs } of graph.nodes) {
    const operands = inputs.map((id) => known.get(id) ?? graph.tensors[id]);
    known.set(outputs[0], evaluateNode(op, attributes, operands, graph.opset)[0]);
  }
  return known.get(graph.outputs[0]).data;
}

const share = (v) => `${(100 * v).toFixed(2)} %`;

async function measure(chip, { name, build, several = false }) {
  const graph = network(build);
  const x = values(77, SAMPLES * CHANNELS);
  const data = {
    place: 'generated', count: SAMPLES, sampleShape: [CHANNELS], labels: null,
    read: (index, into, offset) => into.set(x.subarray(index * CHANNELS, (index + 1) * CHANNELS), offset),
  };
  const { artefact, functions } = await compile({ file: name, sha256: '', graph }, chip, data, { workers: 0 });
  const held = values(78, SAMPLES * CHANNELS);
  const result = (await run(artefact, { shape: [SAMPLES, CHANNELS], data: held }, { workers: 0 })).data;
  const exact = floatOutputs(graph, held, SAMPLES);
  const range = exact.reduce((m, v) => Math.max(m, v), 0) - exact.reduce((m, v) => Math.min(m, v), 0);
  const errors = Array.from(exact, (v, i) => Math.abs(v - result[i]) / range);
  const steps = chip.outputs[0].hi - chip.outputs[0].lo;
  const tolerance = Math.max(0, ...functions.map((f) => f.tolerance));
  const allowed = tolerance + (several ? STEPS_BETWEEN / steps : 0);
  const mean = errors.reduce((a, b) => a + b, 0) / errors.length;
  const most = [...errors].sort((a, b) => a - b)[Math.floor(errors.length * 0.99)];
  const onCodes = Math.max(0, ...functions.map((f) => f.maxError));
  const within = onCodes <= tolerance && (!several || mean <= allowed);
  return {
    within,
    cells: [
      name, chip.name, share(allowed), share(Math.max(0, ...functions.map((f) => f.meanError))), share(onCodes), share(mean), share(most),
      functions.reduce((n, f) => n + f.chipUnits, 0), coreOpsOf(artefact.graph).length,
    ],
  };
}

const line = (cells) => `| ${cells.join(' | ')} |`;
const chips = process.argv.length > 2 ? process.argv.slice(2) : ['prime-ideal', join(root, 'examples/chips/relu-8bit.yaml')];
const HEAD = ['function', 'chip', 'allowed', 'mean on codes', 'greatest on codes', 'mean, whole', '99 in 100, whole', 'ReLUs', 'core-ops'];
console.log([line(HEAD), line(HEAD.map(() => '---'))].join('\n'));
for (const chip of chips.map((name) => loadChip(name))) {
  for (const test of CASES) {
    const { within, cells } = await measure(chip, test);
    console.log(line(cells));
    if (!within) process.exitCode = 1;
  }
}
