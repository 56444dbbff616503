/** Copies inside the network: every reader of a signal takes them, and they make it finer. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkLimits } from '../../src/cores/limits.js';
import { checkStructure } from '../../src/cores/structure.js';
import type { CoreGraph } from '../../src/cores/types.js';
import { loadChip } from '../../src/data/chips.js';
import { compile } from '../../src/pipeline.js';
import type { Compilation, CompileOptions } from '../../src/pipeline/compilation.js';
import { readOnnx } from '../../src/read/onnx.js';
import { DEFAULT_STEPS } from '../../src/tune/steps.js';
import { modelBytes } from '../read/models.js';
import { CASES } from '../suites/lowerings.js';
import { dataFor, differences, engineCodes, example, firstSamples, referenceCodes } from './setup.js';

const chipFile = (name: string) => loadChip(fileURLToPath(new URL(`../../examples/chips/${name}.yaml`, import.meta.url)));
const small = chipFile('small-ideal');
/** Without training: how fine the signals are shows as it is, and soon. */
const STEPS = ['half', 'range', 'gain', 'bias', 'channels', 'digits'];
const coresIn = (graph: CoreGraph): number => graph.ops.filter((op) => op.kind === 'core').length;

async function checked(compiling: Promise<Compilation>, input: Float32Array, count: number): Promise<Compilation> {
  const done = await compiling;
  const cores = done.cores!;
  expect([checkStructure(cores), checkLimits(cores)]).toEqual([[], []]);
  expect(differences(cores, await engineCodes(cores, input, count), referenceCodes(cores, input, count))).toEqual({});
  return done;
}

/** Every lowering on a chip with preloads and built maxima; every fourth with pairs, bias rows and native maxima. */
const CHIPS = [['small-ideal', small, 3, 17, 1], ['prime', loadChip('prime'), 2, 16, 4]] as const;

describe.each(CHIPS)('on %s', (_, chip, copies, least, nth) => {
  it.each(CASES.filter((_, i) => i % nth === 0))('$name', async (parts) => {
    const graph = readOnnx(modelBytes(parts), { file: 'test.onnx' });
    const data = dataFor(graph, 24);
    const { cores, logitSqnrDb } = await checked(compile(graph, chip, data, { workers: 0, samples: 24, copies, steps: STEPS }), firstSamples(data, 2), 2);
    const inner = cores!.signals.filter((s, i) => s.copies > 1 && s.digits === undefined && i !== cores!.output);
    expect(inner.every((s) => s.copies % copies === 0)).toBe(true);
    expect(logitSqnrDb).toBeGreaterThan(least - (parts.loses ?? 0));
  });
});

describe('copies that nobody asked for', () => {
  const { graph, calibration } = example();
  const planned = (chip: string, options: CompileOptions = {}): Promise<Compilation> => (
    compile(graph, loadChip(chip), calibration, { workers: 0, samples: 64, ...options }, 'expand'));
  const cores = ({ expansion }: Compilation): number => expansion!.ops.filter((op) => op.kind === 'core').length;

  it('are made of signals of few levels, up to 256 of them and to a tenth more core-ops', async () => {
    const without = await planned('prime-ideal', { steps: DEFAULT_STEPS.filter((name) => name !== 'inner-copies') });
    expect(without.copies).toBeNull();
    const found = await planned('prime-ideal');
    const outputs = [...found.copies!.values()].map((copies) => copies.output);
    expect(Math.max(...outputs)).toBeGreaterThan(1);
    expect(Math.max(...[...found.copies!.values()].flatMap((copies) => Object.values(copies)))).toBeLessThanOrEqual(256 / 64);
    expect(cores(found)).toBeLessThanOrEqual(1.1 * cores(without));
  });

  it('leave composed sums rows that share a weight where signals are not copied', async () => {
    const { copies, expansion } = await planned('prime', { steps: DEFAULT_STEPS.filter((name) => name !== 'inner-copies') });
    expect([...copies!.values()].every(({ output, partials, rows }) => output === 1 && partials === 1 && rows <= 4)).toBe(true);
    const none = await planned('prime', { steps: DEFAULT_STEPS.filter((name) => name !== 'inner-copies' && name !== 'row-copies') });
    expect(none.copies).toBeNull();
    expect(expansion!.ops.length).toBeLessThanOrEqual(1.1 * none.expansion!.ops.length);
  });

  it('are not made where one copy is asked for, nor of 256 levels; of composed sums up to twice as many', async () => {
    const { copies } = await planned('prime-ideal', { copies: 1 });
    expect([...copies!.values()].every(({ output, partials, rows }) => output * partials * rows === 1)).toBe(true);
    expect((await planned('tianji')).copies).toBeNull();
    const composed = [...(await planned('prime')).copies!.values()];
    expect(Math.max(...composed.map(({ output }) => output))).toBeGreaterThan(1);
    expect(composed.every(({ output, partials, rows }) => Math.max(output, partials, rows) <= 8)).toBe(true);
  });
});

describe('copies on cores that compose sums', () => {
  const { graph, calibration } = example();

  it('lose different things to truncation, so that their mean is finer', async () => {
    const firstDb = async (copies: number): Promise<number> => (
      (await compile(graph, loadChip('prime'), calibration, { workers: 0, samples: 64, copies, steps: [...STEPS, 'shift'] })).layers![0]!.sqnrDb);
    // 0.9 dB with copies whose high parts alone differ.
    expect(await firstDb(2)).toBeGreaterThan(await firstDb(1) + 1.5);
  });
});

describe('the example on a hard chip', () => {
  const hard = chipFile('hard-4bit');
  const { graph, calibration } = example();
  const run = (options: CompileOptions): Promise<Compilation> => (
    checked(compile(graph, hard, calibration, { workers: 0, samples: 64, steps: STEPS, ...options }), firstSamples(calibration, 2), 2));

  it('gets better with more copies, and at most as many cores as it was given', async () => {
    const one = await run({ copies: 1 });
    const two = await run({ copies: 2 });
    const auto = await run({ copies: 'auto', budgetCores: '3x' });
    const least = coresIn(one.cores!);
    expect(two.logitSqnrDb!).toBeGreaterThan(one.logitSqnrDb! + 1);
    expect(auto.logitSqnrDb!).toBeGreaterThan(one.logitSqnrDb! + 1);
    expect(coresIn(auto.cores!)).toBeGreaterThan(least);
    expect(coresIn(auto.cores!)).toBeLessThanOrEqual(3 * least);
    const inner = two.cores!.signals.filter((s, i) => s.golden !== null && s.copies > 1 && i !== two.cores!.output);
    expect(inner.length).toBeGreaterThan(3);
  }, 240_000);

  it('is planned the same way each time', async () => {
    const plan = async (): Promise<unknown> => {
      const { copies } = await compile(graph, hard, calibration, { workers: 0, samples: 64, copies: 'auto' }, 'expand');
      return [...copies!.values()];
    };
    expect(await plan()).toEqual(await plan());
  });

  it.each([
    ['a budget below the network', { copies: 'auto', budgetCores: 3 }, /T409 .*3 cores are given/],
    ['a budget for nothing', { budgetCores: 300 }, /T409 budgetCores/],
    ['a budget that is none', { copies: 'auto', budgetCores: '0.5x' }, /T409 budgetCores/],
    ['no copies', { copies: 0 }, /T409 copies/],
    ['too many copies', { copies: 17 }, /T409 copies/],
  ] as const)('refuses %s', async (_, options, message) => {
    await expect(compile(graph, hard, calibration, { workers: 0, samples: 8, ...options }, 'expand')).rejects.toThrow(message);
  });
});
