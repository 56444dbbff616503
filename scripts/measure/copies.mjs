/**
 * What copies buy on chips of few bits, as a markdown table. Runs on dist/.
 *
 *     node scripts/measure/copies.mjs [--chips hard-4bit,ternary] [--copies 1,2,4,auto] [--networks lenet5-maxpool,mlp-784-512-256-10]
 *                                     [--budget 4x] [--limit N] [--samples 512] [--seeds 0] [--workers 2]
 */
import { compile, evaluate, loadChip, packagePath, readModel } from '../../dist/index.js';
import { cardOf, modelPath, needShared, networks, option, testSet } from './networks.mjs';

needShared();
const list = (name, otherwise) => option(name, otherwise).split(',');
const chips = list('chips', 'hard-4bit,ternary');
const copies = list('copies', '1,2,4,auto').map((text) => (text === 'auto' ? text : Number(text)));
const wanted = option('networks', undefined)?.split(',');
const measured = { 'hard-4bit': ['lenet5-maxpool', 'mlp-784-512-256-10'], ternary: ['lenet5-maxpool'] };
const budgetCores = option('budget', '4x');
const workers = Number(option('workers', '2'));
const samples = Number(option('samples', '512'));
const limit = option('limit', undefined);
const seeds = list('seeds', '0').map(Number);

async function row(chip, network, m, seed) {
  const model = readModel(modelPath(network));
  const started = performance.now();
  const { artefact, mapping } = await compile(model, loadChip(packagePath(`examples/chips/${chip}.yaml`)), cardOf(networks[network].calibration), {
    samples, seed, workers, copies: m, ...(m === 'auto' ? { budgetCores } : {}),
  });
  const seconds = (performance.now() - started) / 1000;
  const score = await evaluate(artefact, testSet(network), { against: model, workers, ...(limit === undefined ? {} : { limit: Number(limit) }) });
  const points = (share) => (100 * share).toFixed(2);
  const cells = [
    chip, network, m, seed, score.samples.toLocaleString('en'), points(score.drop.top1), score.drop.ci95.map(points).join(' .. '),
    `${(100 * score.agreement).toFixed(2)} %`, score.logitSqnrDb.toFixed(1), mapping.cores, seconds.toFixed(0),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

console.log('| chip | network | copies | seed | images | drop | 95 % interval | same class | SQNR dB | cores | seconds |');
console.log('| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
for (const chip of chips) {
  for (const network of wanted ?? measured[chip] ?? ['lenet5-maxpool']) {
    for (const m of copies) for (const seed of seeds) await row(chip, network, m, seed);
  }
}
