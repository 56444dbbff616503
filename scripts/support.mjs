/**
 * Writes the tables of supported operators from the tables in the code: docs/support.md, and the part of README.md between its marks.
 * Runs on dist/.
 *
 *     node scripts/support.mjs [--check]
 *
 * With --check nothing is written; the status is 1 if a file is out of date.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { linearStage } from '../dist/cores/realise.js';
import { CELLS } from '../dist/graph/ops/cells.js';
import { OPERATORS } from '../dist/graph/table.js';
import { STEPS } from '../dist/graph/steps/table.js';
import { builtinChips, loadChip } from '../dist/index.js';
import { DECOMPOSITIONS } from '../dist/reform/decompose/decompose.js';
import { HOST_FUNCTIONS, LOWERINGS } from '../dist/reform/lower/table.js';
import { root, withPart, writeWhole } from './files.mjs';

const STEPS_NOTE = 'unrolled; layout 0 between transpositions, constant sequence lengths';

/** What an operator becomes on a chip, and on what condition. A new row of the tables needs a line here. */
const FORMS = {
  'weighted sum': {
    Conv: 'groups, strides, dilations, any padding of zeros; constant kernel', Gemm: 'constant B and C, transA 0', MatMul: 'constant matrix on the right',
    BatchNormalization: 'folded into a neighbour', Add: 'two signals of one shape, one of them perhaps of one channel, or a constant a channel',
    Sub: 'as Add', Sum: 'as Add', Mean: 'as Add', Neg: '', AveragePool: 'a region of its own where a border counts fewer cells', GlobalAveragePool: '',
    ReduceMean: 'over channels, height, width', ReduceSum: 'as ReduceMean',
  },
  maximum: { MaxPool: 'native, or built from sums and ReLUs', GlobalMaxPool: 'as MaxPool' },
  'clip after a sum': { Relu: '', Clip: 'any limits that are constant' },
  'function of one value': {
    Abs: '', Elu: '', Erf: '', Exp: '', Gelu: '', HardSwish: '', LeakyRelu: '', Log: '', Mish: '', PRelu: 'a slope a channel', Pow: 'one constant exponent',
    Reciprocal: '', Selu: '', Sigmoid: '', Softplus: '', Softsign: '', Sqrt: '', Swish: '', Tanh: '',
  },
  'sums and functions': {
    Div: 'by a constant a channel, or of two signals', HardSigmoid: '', LRN: 'of up to four dimensions',
    LayerNormalization: 'over the last of two or three dimensions, or over all', Max: '', Min: '', Mul: 'by a constant a channel, or of two signals',
  },
  'range of a signal': {
    QuantizeLinear: 'the chip rounds in codes of its own', DequantizeLinear: 'the range stays, one scale a signal; of weights, folded when the file is read',
  },
  'wiring, no core': {
    Concat: '', Slice: '', Split: '', Pad: 'with 0', Transpose: 'the sample stays first', Flatten: '', Reshape: '', Squeeze: '', Unsqueeze: '', Identity: '',
    Dropout: '', Cast: '',
  },
  'host, at the end only': { Softmax: '', ArgMax: '' },
  'steps, one after the other': { RNN: STEPS_NOTE, GRU: STEPS_NOTE, LSTM: STEPS_NOTE },
  'constants only, folded when the file is read': {
    Constant: '', ConstantOfShape: '', Expand: '', Shape: '', Gather: 'of a signal in the float network alone',
  },
  'float network alone': {
    ConvInteger: '', ConvTranspose: '', DynamicQuantizeLinear: 'of constants: its scale is that of all samples', LogSoftmax: '', MatMulInteger: '',
    QLinearConv: '', QLinearMatMul: '',
  },
};

/** Node tests of the operators above that are refused, or not met, and why. A form of an operator that is refused says so with T103. */
const OUT_OF_SCOPE = [
  ['`test_batchnorm_*_training_mode`', 'training: statistics of the batch'],
  ['`test_training_dropout_*`, but for those of ratio 0', 'training: random numbers'],
  ['`test_qlinearmatmul_*_int8_*`', 'met but for codes beyond int8: the expected ones wrap around, the specification saturates, as we do (onnx/onnx#7868)'],
  ['`test_cast_*`, `test_quantizelinear_*`, `test_dequantizelinear_*` with float8, float4, int4, uint4, int2, uint2, bfloat16 or strings',
    'element types that nothing here holds'],
  ['`test_*_expanded` of several nodes, sequences, optionals, `If`, `Loop`, `Scan`', 'not single operators on tensors'],
  ['`test_constant_*` with `sparse_value` or `value_string`', 'sparse tensors and strings'],
  ['BatchNormalization with `spatial` 0 (operator sets 7 and 8)', 'statistics by position; no exporter writes it'],
];

/** The form of every operator of the table; throws where FORMS and the code's tables differ. */
function rows() {
  const forms = Object.entries(FORMS).flatMap(([form, operators]) => Object.entries(operators).map(([name, note]) => ({ name, form, note })));
  const differ = forms.map(({ name }) => name).filter((name) => !OPERATORS.has(name));
  const missing = [...OPERATORS.keys()].filter((name) => !forms.some((row) => row.name === name));
  const wrong = forms.filter(({ name, form }) => {
    const lowered = Object.hasOwn(LOWERINGS, name) || Object.hasOwn(DECOMPOSITIONS, name) || Object.hasOwn(CELLS, name);
    const expected = form.startsWith('host') ? HOST_FUNCTIONS.includes(name) : lowered !== (form.startsWith('constants') || form.startsWith('float'));
    return !expected;
  }).map(({ name }) => name);
  const problems = [...differ, ...missing, ...wrong];
  if (problems.length > 0) throw new Error(`scripts/support.mjs and the operator tables differ: ${problems.join(', ')}`);
  return forms.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Chips that networks can be compiled for: those with sums of codes, and the one without limits. */
function compileChips() {
  return builtinChips().map((name) => loadChip(name)).filter((chip) => chip.arithmetic.kind !== 'spiking');
}

function onChip({ form }, chip) {
  if (form.startsWith('constants')) return 'folded';
  if (form.startsWith('float')) return 'no';
  if (form.startsWith('host')) return 'host';
  const limited = linearStage(chip) !== null;
  if (form === 'function of one value' && limited) return chip.nonLinearities.includes('table') ? 'table' : 'ReLUs';
  if (form === 'maximum') return chip.pooling === null ? 'built' : 'native';
  return 'yes';
}

function kernelOf(name) {
  if (OPERATORS.get(name).alias) return 'no work';
  return [...STEPS.values()].some((step) => step.operators.includes(name)) ? 'kernel' : 'plain';
}

const line = (cells) => `| ${cells.join(' | ')} |`;

export function supportPage() {
  const chips = compileChips();
  const head = ['operator', 'attributes', 'read', 'float', ...chips.map(({ name }) => `\`${name}\``), 'becomes', 'conditions'];
  const body = rows().map((row) => {
    const { attributes } = OPERATORS.get(row.name);
    return line([row.name, attributes.join(', '), 'yes', kernelOf(row.name), ...chips.map((chip) => onChip(row, chip)), row.form, row.note]);
  });
  return `# Supported operators

Made by \`node scripts/support.mjs\` from \`src/graph/table.ts\`, \`src/graph/steps/table.ts\`, \`src/reform/lower/table.ts\` and the chips'
files. A test checks that it is up to date.

- **read**: the reader accepts the operator; an attribute that is not listed is refused, not ignored.
- **float**: how the float network computes it: \`kernel\` in WASM (where the shapes allow it), \`plain\` in TypeScript, or no work at all.
- **chips**: \`yes\`, \`native\` (the chip's own maximum), \`built\` (from core-ops, exact), \`table\` (the table behind a sum), \`ReLUs\` (core-ops of their
  own, [functions.md](functions.md)), \`host\` (on decoded values), \`folded\` (a constant), \`no\` (refused, T400).
  \`tianji-snn\` is missing because networks cannot be compiled for spiking chips yet.

Operands that the network computes must be signals of one sample: at most channels, height and width. \`trestle inspect MODEL --chip CHIP\` says for your
network what each layer becomes and, with a reason, what cannot run.

${[line(head), line(head.map(() => '---')), ...body].join('\n')}

## ONNX node tests

The float path is tried on the single-operator tests of the ONNX project (operator sets 7 to 21, tensors of up to five dimensions), and in forms that
these leave out against onnxruntime (\`test/graph/onnx-node.test.ts\`, \`test/graph/onnxruntime.test.ts\`). Floats agree to 1e-5 + 1e-3 of the
value, integers bit for bit. Out of scope are:

${[line(['tests', 'reason']), line(['---', '---']), ...OUT_OF_SCOPE.map(line)].join('\n')}
`;
}

export function supportSummary() {
  const all = rows();
  const body = Object.keys(FORMS).map((form) => line([form, all.filter((row) => row.form === form).map(({ name }) => name).join(', ')]));
  return [line(['on a chip it is a', 'operators']), line(['---', '---']), ...body].join('\n');
}

/** Files and what they should hold. */
export function supportFiles() {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  return { 'docs/support.md': supportPage(), 'README.md': withPart(readme, 'operators', 'scripts/support.mjs', supportSummary()) };
}

if (realpathSync(process.argv[1] ?? '.') === fileURLToPath(import.meta.url)) {
  for (const [file, contents] of Object.entries(supportFiles())) {
    if (!process.argv.includes('--check')) writeWhole(join(root, file), contents);
    else if (readFileSync(join(root, file), 'utf8') !== contents) {
      console.error(`${file} is out of date: node scripts/support.mjs`);
      process.exitCode = 1;
    }
  }
}
