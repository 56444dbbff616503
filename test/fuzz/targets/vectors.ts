/** Vector files: read; if accepted, run through every kernel. */
import { gzipSync } from 'fflate';
import { changeBytes } from '../bytes.js';
import type { Draw } from '../draw.js';
import { changeJson } from '../json.js';
import type { Seed, Target, Trial } from '../target.js';
import { kernelModule, readVectors, runConformance } from '../../../src/index.js';
import { changePacked } from './array.js';

const ramp = (count: number, lo: number, hi: number): number[] => Array.from({ length: count }, (_, i) => lo + (i * 7) % (hi - lo + 1));
const matrix = (rows: number, columns: number, lo: number, hi: number): number[][] => (
  Array.from({ length: rows }, (_, i) => ramp(columns, lo, hi).map((v) => lo + (v - lo + i * 3) % (hi - lo + 1))));
const [ROWS, COLUMNS, BATCH] = [9, 5, 2];
const zeros = (rows: number, columns = COLUMNS): number[][] => Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
const bias = ramp(COLUMNS, -20, 20);

/** One case of every arithmetic; whether the results are right does not matter here. */
const CASES: readonly Readonly<Record<string, unknown>>[] = [
  { name: 'window', arithmetic: 'window', inputSigned: true, windowSigned: true, windowShift: 3, lut: ramp(256, -128, 127), x: matrix(BATCH, ROWS, -128, 127),
    w: matrix(ROWS, COLUMNS, -128, 127), bias, y: zeros(BATCH) },
  { name: 'window, unsigned', arithmetic: 'window', inputSigned: false, windowSigned: false, windowShift: 4, lut: ramp(256, 0, 255),
    x: matrix(BATCH, ROWS, 0, 255), w: matrix(ROWS, COLUMNS, -128, 127), bias, y: zeros(BATCH) },
  { name: 'composed', arithmetic: 'composed', gain: 9, table: ramp(64, 0, 63), x: matrix(BATCH, ROWS, 0, 63), w: matrix(ROWS, COLUMNS, -255, 255),
    y: zeros(BATCH) },
  { name: 'composed, other parameters', arithmetic: 'composed', gain: 2, table: null,
    parameters: { inputBits: 4, phaseBits: 2, weightBits: 6, cellBits: 3, converterBits: 5, shift: 12, outputBits: 4, polarity: 'separate' },
    x: matrix(BATCH, ROWS, 0, 15), w: matrix(ROWS, COLUMNS, -63, 63), y: zeros(BATCH) },
  { name: 'ideal', arithmetic: 'ideal', windowShift: 2, lo: -100, hi: 100, bias, x: matrix(BATCH, ROWS, -9, 9), w: matrix(ROWS, COLUMNS, -9, 9),
    y: zeros(BATCH) },
  { name: 'spiking', arithmetic: 'spiking', reset: 'subtract', vFloor: -30, v0: bias, leak: bias, threshold: ramp(COLUMNS, 1, 9), spikes: matrix(4, ROWS, 0, 1),
    w: matrix(ROWS, COLUMNS, -128, 127), y: zeros(4), v: bias },
  { name: 'radix', arithmetic: 'radix', bits: 3, windowShift: 1, bias, spikes: matrix(3, ROWS, 0, 1), w: matrix(ROWS, COLUMNS, -9, 9), y: bias },
  { name: 'maximum', arithmetic: 'maximum', x: matrix(BATCH, 8, -9, 9), y: zeros(BATCH, 2) },
];

function seed(name: string, cases: readonly unknown[], packed: boolean): Seed {
  const bytes = new TextEncoder().encode(JSON.stringify({ format: 'core-op-vectors/1', cases }));
  return packed ? { name: `${name}, packed`, bytes: gzipSync(bytes, { mtime: 0 }), ending: '.json.gz' } : { name, bytes, ending: '.json' };
}

async function readAndRun(bytes: Uint8Array, trial: Trial): Promise<void> {
  const vectors = await trial.step('read', () => readVectors(bytes));
  if (vectors !== undefined) await trial.step('run', () => runConformance(vectors, kernelModule()));
}

export const vectorsTarget: Target = {
  name: 'vectors',
  async seeds() {
    return [...CASES.map((one) => seed(one.name as string, [one], false)), seed('all', CASES, false), seed('all', CASES, true)];
  },
  change(draw: Draw, given: Seed, other: Seed) {
    return changePacked(draw, given, other, (bytes) => {
      if (draw.once(5)) return changeBytes(draw, bytes, other.bytes);
      return new TextEncoder().encode(changeJson(draw, new TextDecoder().decode(bytes)));
    });
  },
  attempt: readAndRun,
};
