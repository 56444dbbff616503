/**
 * Error against copies, bits of weights, bits of signals and size of cores, on user chips with ideal limits: tables and plots. Runs on dist/.
 *
 *     node scripts/measure/sweeps.mjs [--network FILE.onnx --calibrate CARD --data CARD --name NAME] [--only bits,copies] [--limit N] [--tables DIR]
 *
 * Without a network: the bundled example. Plots go to docs/sweep-NAME-WHAT.svg, tables to --tables (default: a folder of the system for such files).
 * A table that is there is continued.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { main } from '../../dist/cli/program.js';
import { root } from '../files.mjs';

/** Cores of 128 x 128, ReLU only, no pooling: what is varied starts from here. */
const CHIP = `name: sweep
description: cores with ideal limits, for sweeps
arithmetic: {kind: ideal-limits, greatestShift: 31}
core: {rows: 128, columns: 128, mats: 1}
weights: {range: [-128, 127], cells: 1}
inputs: [[0, 255]]
outputs: [[0, 255]]
nonLinearities: [relu]
pooling: none
layout: {coresPerChip: any, mesh: none}
`;

/** By the name of the plot: what is varied, and what is held at a hard value so that it shows. */
const SWEEPS = {
  weights: ['weights.bits=2..8', 'signals.bits=8'],
  signals: ['signals.bits=1..8', 'weights.bits=8'],
  copies: ['copies=1,2,4', 'weights.bits=4', 'signals.bits=4'],
  size: ['core.size=32,64,128,256', 'weights.bits=4', 'signals.bits=4'],
};

const example = join(root, 'examples/digits');
const { values } = parseArgs({
  options: {
    network: { type: 'string', default: join(example, 'digits.onnx') }, calibrate: { type: 'string', default: join(example, 'calibration.yaml') },
    data: { type: 'string', default: join(example, 'test.yaml') }, name: { type: 'string', default: 'digits' }, only: { type: 'string' },
    seeds: { type: 'string', default: '0..2' }, limit: { type: 'string', default: '1000' },
    tables: { type: 'string', default: join(tmpdir(), 'trestle-sweeps') },
  },
});

mkdirSync(values.tables, { recursive: true });
const chip = join(values.tables, 'sweep.yaml');
writeFileSync(chip, CHIP);
for (const [what, vary] of Object.entries(SWEEPS)) {
  if (values.only !== undefined && !values.only.split(',').includes(what)) continue;
  process.exitCode = await main([
    'sweep', values.network, '--chip', chip, '--calibrate', values.calibrate, '--data', values.data, '--limit', values.limit,
    '--vary', ...vary, `seed=${values.seeds}`, '-o', join(values.tables, `${values.name}-${what}.csv`),
    '--plot', join(root, `docs/sweep-${values.name}-${what}.svg`),
  ]);
  if (process.exitCode !== 0) break;
}
