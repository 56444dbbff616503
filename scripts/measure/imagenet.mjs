/**
 * Accuracy of ImageNet networks on chips, as a markdown table. Runs on dist/ and on the shared data.
 *
 *     node scripts/measure/imagenet.mjs [--networks a,b] [--chips tianji,prime-ideal,prime] [--seeds 0,1,2] [--copies auto] [--samples 512]
 *         [--workers 2] [--runs FILE]
 *
 * Calibration on images of one-per-class, without labels; accuracy on the 1,000 of val227, beside the float network by trestle's own float path.
 * Each run is a line of JSON in FILE (out/imagenet.jsonl); those that are there already are not made again, so the work can be cut and gone on with.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compile, evaluate, loadChip, loadDataSet, readModel } from '../../dist/index.js';
import { root } from '../files.mjs';
import { needShared, option } from './networks.mjs';

needShared();
const data = join(root, '..', 'shared', 'data');

/** Networks, and the cards that belong to them. */
const NETWORKS = {
  'squeezenet-1.1': 'squeezenet', 'squeezenet-1.0-deepcompressed': 'squeezenet', 'mobilenetv1-0.25-128-float': 'mobilenet128',
  'mobilenetv1-0.5-160-float': 'mobilenet160', 'mobilenetv2-1.0-224-float': 'mobilenet224',
};

const networks = option('networks', Object.keys(NETWORKS).join(',')).split(',');
const chips = option('chips', 'tianji,prime-ideal,prime').split(',');
const seeds = option('seeds', '0,1,2').split(',').map(Number);
const samples = Number(option('samples', '512'));
const workers = Number(option('workers', '2'));
const copies = option('copies', undefined);
const file = option('runs', join(root, 'out', 'imagenet.jsonl'));

const known = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line)) : [];
const card = (name) => loadDataSet(join(data, 'cards', `imagenet-${name}.yaml`));
const same = (a, b) => ['network', 'chip', 'seed', 'samples', 'copies'].every((key) => a[key] === b[key]);

async function measure(wanted) {
  const model = readModel(join(data, 'imagenet', 'models', `${wanted.network}.onnx`));
  const started = performance.now();
  const compiled = await compile(model, loadChip(wanted.chip), card(`${NETWORKS[wanted.network]}-one-per-class`), {
    samples, workers, seed: wanted.seed, ...(wanted.copies === null ? {} : { copies: wanted.copies === 'auto' ? 'auto' : Number(wanted.copies) }),
  });
  const seconds = (performance.now() - started) / 1000;
  const found = await evaluate(compiled.artefact, card(`${NETWORKS[wanted.network]}-val227`), { against: model, workers });
  return {
    ...wanted, top1: { chip: found.chip.top1, float: found.float.top1 }, drop: found.drop, agreement: found.agreement, logitSqnrDb: found.logitSqnrDb,
    samplesMeasured: found.samples, failed: found.failed.length, coreOps: compiled.layers.reduce((n, l) => n + l.coreOps, 0),
    compileSeconds: seconds, samplesPerSecond: found.samplesPerSecond, peakBytes: process.resourceUsage().maxRSS * 1024,
    warnings: compiled.diagnostics.map(({ code }) => code), layers: compiled.layers.map(({ name, sqnrDb }) => [name, Number(sqnrDb.toFixed(1))]),
  };
}

for (const network of networks) {
  for (const chip of chips) {
    for (const seed of seeds) {
      const wanted = { network, chip, seed, samples, copies: copies ?? null };
      if (known.some((run) => same(run, wanted))) continue;
      const run = await measure(wanted);
      known.push(run);
      mkdirSync(dirname(file), { recursive: true });
      appendFileSync(file, `${JSON.stringify(run)}\n`);
        const figures = `${points(run.drop.top1)}, ${(100 * run.agreement).toFixed(1)} %, ${run.logitSqnrDb.toFixed(1)} dB`;
      process.stderr.write(`${network} ${chip} ${seed}: ${figures}, ${run.compileSeconds.toFixed(0)} s\n`);
    }
  }
}

function points(share) {
  return `${share < 0 ? '-' : '+'}${Math.abs(100 * share).toFixed(2)}`;
}

console.log('| network | chip | seeds | core-ops | float | drop | 95 % | agreement | SQNR | compile |');
console.log('| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
for (const chip of chips) {
  const all = [];
  for (const network of networks) {
    const runs = known.filter((run) => seeds.some((seed) => same(run, { network, chip, seed, samples, copies: copies ?? null })));
    if (runs.length === 0) continue;
    const mean = (of) => runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
    const drop = mean((r) => r.drop.top1);
    all.push({ drop, agreement: mean((r) => r.agreement) });
    console.log(`| ${network} | ${chip} | ${runs.map((r) => r.seed).join(', ')} | ${runs[0].coreOps} | ${(100 * runs[0].top1.float).toFixed(2)} % `
      + `| ${points(drop)} | `
      + `${[0, 1].map((end) => points(mean((r) => r.drop.ci95[end]))).join('..')} | ${(100 * mean((r) => r.agreement)).toFixed(1)} % | `
      + `${mean((r) => r.logitSqnrDb).toFixed(1)} dB | ${mean((r) => r.compileSeconds).toFixed(0)} s |`);
  }
  if (all.length > 1) {
    const mean = (of) => all.reduce((sum, row) => sum + of(row), 0) / all.length;
    console.log(`| mean | ${chip} | | | | ${points(mean((r) => r.drop))} | | ${(100 * mean((r) => r.agreement)).toFixed(1)} % | | |`);
  }
}
