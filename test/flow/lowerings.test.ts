/** Every lowering on every chip: within limits, equal to the slow reference, and near the float network. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Chip } from '../../src/chip/types.js';
import { loadChip } from '../../src/data/chips.js';
import { checkLimits } from '../../src/cores/limits.js';
import { checkStructure } from '../../src/cores/structure.js';
import { decodeSignal } from '../../src/emulate/edges.js';
import type { Graph } from '../../src/graph/types.js';
import { compile } from '../../src/pipeline.js';
import { readOnnx } from '../../src/read/onnx.js';
import { makeNetwork } from '../graph/reference.js';
import { modelBytes } from '../read/models.js';
import { CASES, FUNCTIONS, QUANTISED, type Case } from '../suites/lowerings.js';
import { dataFor, differences, engineCodes, firstSamples, referenceCodes, UNTRAINED } from './setup.js';

const small = loadChip(fileURLToPath(new URL('../../examples/chips/small-ideal.yaml', import.meta.url)));

/** Chips, and the least SQNR of an output: 8, 6, 6 and 5 bits a signal. */
const CHIPS: [name: string, least: number, own?: Chip][] = [['tianji', 32], ['prime', 18], ['prime-ideal', 23], ['small-ideal', 17, small]];
const COUNT = 16;

/** The same chips with nothing but ReLU behind their sums. */
const reluOnly = (name: string): Chip => ({ ...loadChip(name), name: `${name} without a table`, nonLinearities: ['relu'] });

const graphOf = (parts: Case): Graph => readOnnx(modelBytes(parts), { file: 'test.onnx' });

describe('on the chip without limits, every signal has the values of', () => {
  it.each(CASES)('$name', async (parts) => {
    const graph = graphOf(parts);
    const data = dataFor(graph, COUNT);
    const { cores } = await compile(graph, loadChip('ideal'), data, { workers: 0, samples: 1 }, 'tune');
    const input = firstSamples(data, 3);
    const codes = await engineCodes(cores!, input, 3);
    const reference = referenceCodes(cores!, input, 3);
    const named = graph.tensors.filter((t) => t.data === undefined);
    const golden = makeNetwork(graph, 3).run(input, 3, named.map((t) => t.id));
    const near = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => {
      const largest = Array.from(b).reduce((m, v) => Math.max(m, Math.abs(v)), 0);
      return a.length === b.length && Array.from(a).every((v, i) => Math.abs(v - b[i]!) <= 1e-4 * largest + 1e-6);
    };
    let compared = 0;
    cores!.signals.forEach((signal, id) => {
      expect(near(codes[id]!, reference[id]!), `${signal.name}: engine and reference`).toBe(true);
      const tensor = named.find((t) => t.name === signal.golden);
      if (tensor === undefined) return;
      compared++;
      expect(near(decodeSignal(codes[id]!, signal, 3), golden.get(tensor.id)!), `${signal.name}: chip and float network`).toBe(true);
    });
    expect(compared).toBeGreaterThanOrEqual(2);
  });
});

async function check(parts: Case, chip: Chip, least: number): Promise<void> {
  const graph = graphOf(parts);
  const data = dataFor(graph, COUNT);
  const { cores, logitSqnrDb } = await compile(graph, chip, data, { workers: 0, samples: COUNT, steps: UNTRAINED });
  expect([checkStructure(cores!), checkLimits(cores!)]).toEqual([[], []]);
  const input = firstSamples(data, 2);
  expect(differences(cores!, await engineCodes(cores!, input, 2), referenceCodes(cores!, input, 2))).toEqual({});
  expect(logitSqnrDb).toBeGreaterThan(least - (parts.loses ?? 0));
}

describe.each(CHIPS)('on chip %s', (name, least, own) => {
  it.each([...CASES, ...QUANTISED])('$name', (parts) => check(parts, own ?? loadChip(name), least));
});

describe('on tianji without a table', () => {
  it.each(FUNCTIONS)('$name', (parts) => check(parts, reluOnly('tianji'), 28));
});

describe('on prime without a table', () => {
  it.each(FUNCTIONS.filter(({ name }) => ['tanh', 'Abs', 'leaky relu'].includes(name)))('$name', (parts) => check(parts, reluOnly('prime'), 14));
});
