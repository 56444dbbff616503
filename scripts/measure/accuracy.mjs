/**
 * Accuracy on the networks of the shared data, as markdown tables. Runs on dist/.
 *
 *     node scripts/measure/accuracy.mjs [--only float,mnist,cifar,chip] [--all] [--seeds 0,1,2] [--chips a,b]
 *         [--limit N] [--samples 512] [--workers 2] [--json FILE]
 *
 * float   float32 and the chip `ideal` against recorded outputs of onnxruntime
 * mnist   the MNIST networks on tianji, prime-ideal and prime, 8,000 test images
 * cifar   CIFAR-10 networks on tianji and prime, 817 test images; with --all every network of the folder
 * chip    lenet5-maxpool on a chip file, examples/chips/small-ideal.yaml
 *
 * Figures of chips are means over the seeds; the ends of an interval are the means of the ends.
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { compile, evaluate, loadChip, loadDataSet, packagePath, packageVersion, randomInputs, readModel, readNpyFile, run } from '../../dist/index.js';
import { EmulatorPool } from '../../dist/emulate/pool.js';
import { NOTHING } from '../../dist/emulate/tasks.js';
import { root } from '../files.mjs';
import { needShared, option } from './networks.mjs';

needShared();
const data = join(root, '..', 'shared', 'data');
const parts = option('only', 'float,mnist,cifar,chip').split(',');
const everything = process.argv.includes('--all');
const workers = Number(option('workers', '2'));
const samples = Number(option('samples', '512'));
const limit = option('limit', undefined);
const seeds = option('seeds', '0,1,2').split(',').map(Number);
const onlyChips = option('chips', undefined)?.split(',');
const jsonFile = option('json', undefined);

const card = (name) => loadDataSet(join(data, 'cards', `${name}.yaml`));
const cards = {
  mnist: ['mnist-train', 'mnist-test'],
  resnet: ['cifar10-resnet-train', 'cifar10-resnet-test'],
  'mlperf-tiny': ['cifar10-raw-train', 'cifar10-raw-test'],
  vgg: ['cifar10-unit-train', 'cifar10-unit-test'],
};

/** Calibration and test cards of a network of mnist/ or cifar10/. */
function cardsOf(set, name) {
  return cards[set === 'mnist' ? 'mnist' : Object.keys(cards).find((key) => name.startsWith(key))];
}

function modelsIn(set) {
  const folder = [join(data, set, 'models'), join(data, set)].find((path) => existsSync(path));
  const files = readdirSync(folder).filter((file) => file.endsWith('.onnx')).sort();
  return files.map((file) => ({ set, name: basename(file, '.onnx'), path: join(folder, file) }));
}

function progress(text) {
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
}

/** A markdown table; `columns`: heading -> text of a row, on the right unless it is `left(...)`. */
function table(rows, columns) {
  const names = Object.keys(columns);
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const side = (name) => (columns[name].left === undefined ? '---:' : '---');
  const text = (name, row) => (columns[name].left ?? columns[name])(row);
  return [line(names), line(names.map(side)), ...rows.map((row) => line(names.map((name) => text(name, row))))].join('\n');
}

const left = (text) => ({ left: text });
const percent = (share, digits = 2) => `${(100 * share).toFixed(digits)} %`;
const points = (share) => `${share < 0 ? '-' : '+'}${Math.abs(100 * share).toFixed(2)}`;

/** The recorded inputs of a network and onnxruntime's outputs for them. */
function reference({ set, name }) {
  const folder = join(data, set, 'reference');
  if (set === 'mlperf-tiny') {
    const input = readNpyFile(join(folder, `${name.replace(/-(float|qdq)$/, '')}.input.npy`));
    return { input: { shape: input.shape, data: Float32Array.from(input.data) }, output: readNpyFile(join(folder, `${name}.output.npy`)) };
  }
  const output = readNpyFile(join(folder, `${name}.logits.npy`));
  const test = card(cardsOf(set, name)[1]);
  const [count] = output.shape;
  const size = test.sampleShape.reduce((a, b) => a * b, 1);
  const values = new Float32Array(count * size);
  for (let i = 0; i < count; i++) test.read(i, values, i * size);
  return { input: { shape: [count, ...test.sampleShape], data: values }, output };
}

async function floatOutput(model, { shape: [count], data: values }) {
  const pool = EmulatorPool.create({ float: model.graph, workers: 0 });
  try {
    const result = await pool.run({ ...NOTHING, input: values.slice(), count, tensors: [model.graph.outputs[0]] });
    return result.values[0];
  } finally {
    await pool.close();
  }
}

async function idealOutput(model, input) {
  const { artefact } = await compile(model, loadChip('ideal'), randomInputs(model, 0, 8), { workers: 0 });
  return (await run(artefact, { ...input, data: input.data.slice() }, { workers: 0 })).data;
}

/** Largest difference over the largest recorded output, and the share of samples of the same class. */
function compare(found, { shape: [count], data: expected }) {
  const classes = expected.length / count;
  let largest = 0;
  let difference = 0;
  expected.forEach((value, i) => {
    largest = Math.max(largest, Math.abs(value));
    difference = Math.max(difference, Math.abs(value - found[i]));
  });
  const best = (values, n) => {
    const row = Array.from(values.subarray(n * classes, (n + 1) * classes));
    return row.indexOf(Math.max(...row));
  };
  const same = Array.from({ length: count }, (_, n) => n).filter((n) => best(found, n) === best(expected, n)).length;
  return { difference: difference / largest, sameClass: same / count };
}

async function floatRows() {
  const rows = [];
  for (const entry of ['mnist', 'cifar10', 'mlperf-tiny'].flatMap(modelsIn)) {
    progress(entry.name);
    const model = readModel(entry.path);
    const { input, output } = reference(entry);
    rows.push({
      set: entry.set, network: entry.name, samples: input.shape[0], qdq: entry.name.endsWith('-qdq'),
      float: compare(await floatOutput(model, input), output), ideal: compare(await idealOutput(model, input), output),
    });
  }
  return rows;
}

/** Compiles, evaluates beside the float network. */
async function measureSeed({ set, name, path }, chipName, seed) {
  progress(`${name} on ${chipName}, seed ${seed}`);
  const model = readModel(path);
  const [train, test] = cardsOf(set, name).map(card);
  const started = performance.now();
  const compiled = await compile(model, loadChip(chipName), train, { samples, workers, seed });
  const seconds = (performance.now() - started) / 1000;
  const { chip, float, failed, diagnostics, ...score } = await evaluate(compiled.artefact, test, {
    against: model, workers, ...(limit === undefined ? {} : { limit: Number(limit) }),
  });
  const codes = [...compiled.diagnostics, ...diagnostics].filter(({ severity }) => severity === 'warning').map(({ code }) => code);
  return {
    network: name, chip: basename(chipName, '.yaml'), calibration: Math.min(samples, train.count), coreOps: compiled.layers.reduce((n, l) => n + l.coreOps, 0),
    compileSeconds: seconds, failed: failed.length, warnings: codes, top1: { chip: chip.top1, float: float.top1 }, ...score,
  };
}

/** One row: means over the seeds. */
async function measureOn(entry, chipName) {
  const runs = [];
  for (const seed of seeds) runs.push(await measureSeed(entry, chipName, seed));
  const mean = (of) => runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  return {
    ...runs[0], seeds, runs: runs.map(({ drop, agreement, logitSqnrDb }) => ({ drop, agreement, logitSqnrDb })), compileSeconds: mean((r) => r.compileSeconds),
    top1: { chip: mean((r) => r.top1.chip), float: runs[0].top1.float }, agreement: mean((r) => r.agreement), logitSqnrDb: mean((r) => r.logitSqnrDb),
    drop: { top1: mean((r) => r.drop.top1), ci95: [0, 1].map((end) => mean((r) => r.drop.ci95[end])) },
  };
}

async function chipRows(entries, chips) {
  const rows = [];
  for (const entry of entries) {
    for (const chip of chips) if (onlyChips === undefined || onlyChips.includes(chip)) rows.push(await measureOn(entry, chip));
  }
  return rows;
}

const mnistRows = () => chipRows(modelsIn('mnist'), ['tianji', 'prime-ideal', 'prime']);
const cifarFirst = ['resnet20', 'mlperf-tiny-resnet8-float'];
const cifarRows = () => chipRows(modelsIn('cifar10').filter(({ name }) => everything || cifarFirst.includes(name)), ['tianji', 'prime']);
const ownRows = () => chipRows(modelsIn('mnist').filter(({ name }) => name === 'lenet5-maxpool'), [packagePath('examples/chips/small-ideal.yaml')]);

function printFloat(rows) {
  const columns = {
    network: left((row) => row.network), samples: (row) => row.samples,
    float: (row) => row.float.difference.toExponential(1), ideal: (row) => row.ideal.difference.toExponential(1),
  };
  const classes = {
    'same class, float': (row) => percent(row.float.sameClass, 1), 'same class, ideal': (row) => percent(row.ideal.sameClass, 1),
  };
  return [
    'Largest difference from onnxruntime\'s outputs, as a part of the largest output.', '',
    table(rows.filter((row) => !row.qdq), columns), '',
    'Networks in QDQ form. `float` rounds as the file says; a tie rounded the other way moves an output by one quantisation step. `ideal` has no',
    'codes, so it rounds nothing: the difference is that rounding.', '',
    table(rows.filter((row) => row.qdq), { ...columns, ...classes }),
  ].join('\n');
}

function printChips(rows) {
  return table(rows, {
    network: left((row) => row.network), chip: left((row) => row.chip), images: (row) => row.samples.toLocaleString('en'),
    'float top-1': (row) => percent(row.top1.float), 'chip top-1': (row) => percent(row.top1.chip), drop: (row) => points(row.drop.top1),
    '95 % interval': (row) => row.drop.ci95.map(points).join(' .. '), 'same class': (row) => percent(row.agreement),
    'SQNR dB': (row) => row.logitSqnrDb.toFixed(1), 'core-ops': (row) => row.coreOps, 'compiled in': (row) => `${row.compileSeconds.toFixed(0)} s`,
  });
}

/** Means over the networks of each chip, those in QDQ form left out: their float outputs are rounded already. */
function printMeans(rows) {
  const chips = [...new Set(rows.map(({ chip }) => chip))].map((chip) => ({ chip, all: rows.filter((r) => r.chip === chip && !r.network.endsWith('-qdq')) }));
  const mean = ({ all: of }, value) => of.reduce((sum, row) => sum + value(row), 0) / of.length;
  return table(chips, {
    chip: left(({ chip }) => chip), networks: ({ all: of }) => of.length, 'mean drop': (c) => points(mean(c, (r) => r.drop.top1)),
    'largest drop': ({ all: of }) => points(Math.max(...of.map((r) => r.drop.top1))), 'mean same class': (c) => percent(mean(c, (r) => r.agreement)),
    'least same class': ({ all: of }) => percent(Math.min(...of.map((r) => r.agreement))), 'mean SQNR dB': (c) => mean(c, (r) => r.logitSqnrDb).toFixed(1),
  });
}

/** One row a network: drop and SQNR on each chip. */
function printShort(rows) {
  const chips = [...new Set(rows.map(({ chip }) => chip))];
  const of = (name, chip) => rows.find((row) => row.network === name && row.chip === chip);
  const names = [...new Set(rows.map(({ network }) => network))].map((network) => ({ network, float: of(network, chips[0]).top1.float }));
  return table(names, {
    network: left(({ network }) => network), 'float top-1': ({ float }) => percent(float),
    ...Object.fromEntries(chips.map((chip) => [`${chip}: drop, SQNR`, ({ network }) => {
      const { drop, logitSqnrDb } = of(network, chip);
      return `${points(drop.top1)}, ${logitSqnrDb.toFixed(1)} dB`;
    }])),
  });
}

const all = {
  float: ['Float network and `ideal` chip', floatRows, printFloat],
  mnist: ['MNIST', mnistRows, (rows) => `${printShort(rows)}\n\n${printChips(rows)}\n\n${printMeans(rows)}`],
  cifar: ['CIFAR-10', cifarRows, (rows) => `${printChips(rows)}\n\n${printMeans(rows)}`],
  chip: ['A chip of one\'s own', ownRows, printChips],
};

const unknown = parts.filter((part) => !Object.hasOwn(all, part));
if (unknown.length > 0) {
  console.error(`unknown part ${unknown.join(', ')}; there are ${Object.keys(all).join(', ')}`);
  process.exit(2);
}

const report = { trestle: packageVersion(), node: process.version, samples, parts: {} };
for (const part of parts) {
  const [title, measure, print] = all[part];
  const started = performance.now();
  const rows = await measure();
  progress('');
  report.parts[part] = { seconds: (performance.now() - started) / 1000, rows };
  console.log(`## ${title}\n\n${print(rows)}\n`);
  if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify(report, null, 1)}\n`);
}
