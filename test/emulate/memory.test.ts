/** The stated figure of memory beside what a process really takes, in processes of their own. */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { memoryBytes } from '../../src/emulate/memory.js';
import { digits, scratch, shared } from '../cli/trestle.js';
import { compile, loadChip, loadDataSet, readModel, writeArtefact } from '../../src/index.js';

const library = new URL('../../dist/index.js', import.meta.url).href;
const folder = scratch();

interface Usage {
  /** Bytes of the process at its largest, and what evaluate stated. */
  readonly peak: number;
  readonly stated: number;
}

/** Evaluates in a new process. */
function usage(artefact: string, card: string, against: string, options: { workers: number; batch?: number; limit?: number }): Usage {
  const code = `
    import { readFileSync } from 'node:fs';
    import { evaluate, loadDataSet, readArtefact, readModel } from ${JSON.stringify(library)};
    const [artefact, card, model, options] = process.argv.slice(1);
    const chosen = { against: readModel(model), ...JSON.parse(options) };
    const { memoryBytes } = await evaluate(readArtefact(readFileSync(artefact), artefact), loadDataSet(card), chosen);
    console.log(JSON.stringify({ peak: process.resourceUsage().maxRSS * 1024, stated: memoryBytes }));`;
  const args = ['--input-type=module', '-e', code, artefact, card, against, JSON.stringify(options)];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', cwd: fileURLToPath(new URL('.', import.meta.url)) });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Usage;
}

async function compiledTo(name: string, model: string, card: string): Promise<string> {
  const { artefact } = await compile(readModel(model), loadChip('tianji'), loadDataSet(card), { samples: 8, workers: 0, steps: ['half', 'range'] });
  const path = join(folder, name);
  writeFileSync(path, writeArtefact(artefact));
  return path;
}

/** A bound that holds and is no more than twice the truth. */
function expectBound({ peak, stated }: Usage): void {
  expect(peak).toBeLessThanOrEqual(stated);
  expect(stated).toBeLessThan(2 * peak);
}

describe('the bundled example', () => {
  let artefact = '';
  beforeAll(async () => {
    artefact = await compiledTo('digits.trestle', join(digits, 'digits.onnx'), join(digits, 'calibration.yaml'));
  });

  it.each([[0, 1], [0, undefined], [2, 1], [2, undefined], [0, 600]])('with %s workers and a batch of %s stays below its figure', (workers, batch) => {
    expectBound(usage(artefact, join(digits, 'test.yaml'), join(digits, 'digits.onnx'), { workers, ...(batch === undefined ? {} : { batch }) }));
  });
});

const resnet = join(shared, 'data/cifar10/models/resnet20.onnx');
const cards = join(shared, 'data/cards');

describe.skipIf(!existsSync(resnet))('resnet20 (needs ../shared)', () => {
  let artefact = '';
  beforeAll(async () => {
    artefact = await compiledTo('resnet20.trestle', resnet, join(cards, 'cifar10-resnet-train.yaml'));
  }, 120_000);

  it.each([[2, 1], [2, undefined]])('with %s workers and a batch of %s stays below its figure', (workers, batch) => {
    const options = { workers, limit: 100, ...(batch === undefined ? {} : { batch }) };
    expectBound(usage(artefact, join(cards, 'cifar10-resnet-test.yaml'), resnet, options));
  }, 120_000);
});

describe('the figure', () => {
  it('adds up what it says', () => {
    const traffic = { workers: 2, asked: 10, answered: 20, inputSize: 100, resultBytes: 80, keptBytes: 7, modelBytes: 1000 };
    const shared = { arenaStart: 5000, arenaBytes: 4096 };
    const runtime = (128 + 2 * 24) * 2 ** 20;
    expect(memoryBytes(shared, traffic)).toBe(runtime + 2 * 1000 + 5000 + 2 * 4096 + 3 * (10 * 400 + 20 * 80) + 7);
    expect(memoryBytes(shared, { ...traffic, workers: 0 })).toBe(memoryBytes(shared, traffic) - 2 * 24 * 2 ** 20 - 4096);
  });
});
