/**
 * Peak memory of the commands that hold the most: VGG-16 (random weights) on tianji, compiled without tuning and run on 8 images, and
 * mobilenetv2 evaluated on 1,000 images. Runs on dist/; mobilenetv2 needs the shared data.
 *
 *     node scripts/measure/memory.mjs [--only vgg16,mobilenetv2] [--workers 2] [--samples 2] [--images 8] [--limit 1000]
 *
 * Each command is a process of its own, and its peak the greatest resident set that the system saw. Ends with status 1 if a limit is
 * passed.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { modelFile } from '../../bench/models/table.mjs';
import { writeNpy } from '../../dist/index.js';
import { random32 } from '../../dist/prng.js';
import { root } from '../files.mjs';
import { hasShared, option } from './networks.mjs';

const MIB = 2 ** 20;
const shared = join(root, '..', 'shared', 'data');
const folder = join(root, 'out', 'memory');
const workers = option('workers', '2');
const samples = option('samples', '2');
const images = Number(option('images', '8'));
const limit = option('limit', '1000');

/** Runs a command of trestle; gives its peak in bytes and its seconds. */
function peakOf(...args) {
  const started = performance.now();
  const hook = pathToFileURL(join(root, 'scripts', 'measure', 'peak.mjs')).href;
  const command = ['--import', hook, join(root, 'dist', 'cli', 'main.js'), ...args, '--workers', workers];
  const { status, stderr, output } = spawnSync(process.execPath, command, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  if (status !== 0) throw new Error(`trestle ${args.join(' ')}: status ${status}\n${stderr}`);
  return { command: `trestle ${args[0]}`, bytes: Number(output[3]), seconds: (performance.now() - started) / 1000 };
}

function randomImages(size) {
  const path = join(folder, 'images.npy');
  const values = new Float32Array(images * 3 * size * size).map((_, i) => random32(1, i) / 2 ** 31 - 1);
  writeFileSync(path, writeNpy([images, 3, size, size], values));
  return path;
}

const ROWS = {
  vgg16: {
    limit: 2560 * MIB,
    run() {
      const artefact = join(folder, 'vgg16.trestle');
      return [
        peakOf(
          'compile', modelFile('vgg16'), '--chip', 'tianji', '--calibrate', 'random:0', '--samples', samples, '--without', 'all', '-o', artefact,
        ),
        peakOf('run', artefact, '--input', randomImages(224), '--output', join(folder, 'logits.npy')),
      ];
    },
  },
  mobilenetv2: {
    limit: 700 * MIB,
    run() {
      if (!hasShared) throw new Error('the shared data (../shared/data) is not here');
      const artefact = join(folder, 'mobilenetv2.trestle');
      const card = (name) => join(shared, 'cards', `imagenet-mobilenet224-${name}.yaml`);
      const model = join(shared, 'imagenet', 'models', 'mobilenetv2-1.0-224-float.onnx');
      peakOf(
        'compile', model, '--chip', 'tianji', '--calibrate', card('one-per-class'), '--samples', samples, '--without', 'all', '-o', artefact,
      );
      return [peakOf('evaluate', artefact, '--data', card('val227'), '--limit', limit)];
    },
  },
};

mkdirSync(folder, { recursive: true });
for (const name of option('only', Object.keys(ROWS).join(',')).split(',')) {
  const row = ROWS[name];
  for (const { command, bytes, seconds } of row.run()) {
    const passed = bytes > row.limit;
    if (passed) process.exitCode = 1;
    const verdict = passed ? ' (too much)' : '';
    console.log(`${name}, ${command}: ${Math.ceil(bytes / MIB)} MiB of ${row.limit / MIB}${verdict}, ${seconds.toFixed(0)} s`);
  }
}
