/** How the engine collects rows: framed copies of several samples, windows inside and outside the map, parts of channels, regions, constants. */
import { describe, expect, it } from 'vitest';
import { loadChip } from '../../src/data/chips.js';
import type { Code, Codes, CoreGraph, CoreOp, Gather, Signal } from '../../src/cores/types.js';
import { Engine } from '../../src/emulate/engine.js';
import { planEngine } from '../../src/emulate/plan.js';
import { referenceRun } from '../../src/emulate/reference.js';
import { createMemory, instantiateKernels } from '../../src/kernels/instance.js';
import { Arena } from '../../src/kernels/memory.js';
import { generator, loadModule, randomCodes } from '../kernels/setup.js';

const HI = { tianji: 255, prime: 63 } as const;
type ChipName = keyof typeof HI;

const window = (channels: [number, number], over: Partial<Gather> = {}): Gather => ({
  signal: 0, channels, kernel: [3, 3], stride: [1, 1], dilation: [1, 1], origin: [-1, -1], fill: null, ...over,
});

/** One tile of each kind over a map [16, 16, 24] whose framed copies are too large for two samples at once. */
function graphOf(chip: ChipName): CoreGraph {
  const next = generator(11);
  const code: Code = { lo: 0, hi: HI[chip], step: [1], zero: Array.from({ length: 24 }, (_, c) => c) };
  const signals: Signal[] = [];
  const ops: CoreOp[] = [];
  const signal = (name: string, shape: [number, number, number], zero = [0]): number =>
    signals.push({ name, shape, code: { ...code, zero }, golden: null, copies: 1 }) - 1;
  const greatest = chip === 'tianji' ? 100 : 255;
  const add = (name: string, gathers: Gather[], columns: number, positions: [number, number], output: CoreOp['output'], constantRows = 0): void => {
    const rows = gathers.reduce((n, g) => n + g.kernel[0] * g.kernel[1] * (g.channels[1] - g.channels[0]), 0) + constantRows;
    ops.push({
      kind: 'core', name, layer: name, gathers, constantRows, columns, positions, weights: randomCodes(next, rows * columns, -greatest, greatest),
      preload: chip === 'tianji' ? Int32Array.from({ length: columns }, () => next(-999, 999)) : null,
      config: chip === 'tianji' ? { shift: 8, clamp: [0, 255] } : { gain: 4, clamp: [0, 63] }, table: null, function: null, output,
    });
  };
  const constants = chip === 'prime' ? 2 : 0;
  signal('map', [16, 16, 24], code.zero as number[]);
  const padded = signal('padded', [16, 16, 9]);
  add('padded', [window([0, 24]), window([3, 8], { kernel: [1, 1], origin: [0, 0] })], 9, [16, 16], { signal: padded, channel: 0, origin: [0, 0] }, constants);
  const strided = signal('strided', [7, 5, 20]);
  add('strided', [window([8, 24], { stride: [2, 3], origin: [0, 1] })], 20, [7, 5], { signal: strided, channel: 0, origin: [0, 0] }, constants);
  const regions = signal('regions', [16, 16, 6]);
  // What no tile writes is 0 in the reference; every position is written here, by two tiles.
  add('upper', [window([0, 24], { fill: 7 })], 6, [9, 16], { signal: regions, channel: 0, origin: [0, 0] }, constants);
  add('lower', [window([2, 5], { dilation: [2, 2], origin: [7, -2] })], 6, [7, 16], { signal: regions, channel: 0, origin: [9, 0] });
  const merged = signal('merged', [16, 16, 24]);
  add('merged', [window([0, 24], { kernel: [1, 1], origin: [0, 0] }), window([8, 24])], 24, [16, 16], { signal: merged, channel: 0, origin: [0, 0] });
  diagonal(ops.at(-1)!.weights as Int16Array, 24);
  const flat = signal('flat', [1, 1, 4]);
  add('flat', [{ ...window([0, 5]), signal: strided, kernel: [7, 5], origin: [0, 0] }], 4, [1, 1], { signal: flat, channel: 0, origin: [0, 0] }, constants);
  return { chip: loadChip(chip), signals, ops, input: 0, output: flat, hostOps: [], inputShape: [1], outputShape: [1] };
}

/** Leaves of the first `n` rows of weights, `n` columns wide, the diagonal alone. */
function diagonal(weights: Int16Array, n: number): void {
  for (let k = 0; k < n * n; k++) if (k % (n + 1) !== 0) weights[k] = 0;
}

function engineCodes(graph: CoreGraph, input: Int16Array, count: number, batch: number, kernel?: string): Codes[] {
  const memory = createMemory();
  const { exports, heapBase } = instantiateKernels(loadModule(), memory);
  const arena = new Arena(memory, heapBase);
  const plan = planEngine(graph, memory, arena.allocate, { batch, keep: 'all', ...(kernel === undefined ? {} : { kernel }) });
  const engine = new Engine(plan, memory, exports, arena.allocate(plan.arenaBytes));
  const size = input.length / count;
  const parts: Codes[][] = graph.signals.map(() => []);
  for (let first = 0; first < count; first += batch) {
    const n = Math.min(batch, count - first);
    engine.run(input.subarray(first * size, (first + n) * size), n);
    graph.signals.forEach((_, s) => parts[s]!.push(engine.read(s, n)));
  }
  return parts.map((list) => Int16Array.from(list.flatMap((part) => Array.from(part))));
}

describe.each(['tianji', 'prime'] as const)('the engine on %s', (chip) => {
  const count = 5;
  const graph = graphOf(chip);
  const input = randomCodes(generator(5), count * 16 * 16 * 24, 0, HI[chip]);
  const expected = referenceRun(graph, input, count);

  it('frames fewer samples at once than a batch has', () => {
    const memory = createMemory();
    const arena = new Arena(memory, instantiateKernels(loadModule(), memory).heapBase);
    const { steps } = planEngine(graph, memory, arena.allocate, { batch: count, keep: 'all', kernel: 'window/simd' });
    expect(steps.map((s) => (s.kind === 'tile' ? s.collect?.framed : undefined))).toEqual([4, 5, 5, 5, 5, 5]);
  });

  it('reads maps without collecting rows where a tile allows it', () => {
    const memory = createMemory();
    const arena = new Arena(memory, instantiateKernels(loadModule(), memory).heapBase);
    const { steps } = planEngine(graph, memory, arena.allocate, { batch: count, keep: 'all', kernel: 'window/winograd' });
    expect(steps.filter((s) => s.kind === 'map').map((s) => s.name)).toEqual(chip === 'tianji' ? ['upper', 'merged'] : []);
  });

  it.each([1, 2, 5])('computes what the reference does, in batches of %i', (batch) => {
    for (const kernel of [undefined, 'scalar', 'window/simd', 'window/winograd']) {
      const codes = engineCodes(graph, input, count, batch, kernel);
      graph.signals.forEach(({ name }, s) => expect([...codes[s]!], `${name}, ${kernel ?? 'best'} kernels`).toEqual([...expected.get(s)!]));
    }
  });
});

/** Three convolutions one after the other, then the sum of the first and the last: maps of one size, which can take each other's place. */
function chain(): CoreGraph {
  const next = generator(7);
  const code: Code = { lo: 0, hi: 255, step: [1], zero: [0] };
  const signals = ['x', 'a', 'b', 'c', 'y'].map((name): Signal => ({ name, shape: [9, 8, 6], code, golden: null, copies: 1 }));
  const op = (to: number, gathers: Gather[]): CoreOp => ({
    kind: 'core', name: signals[to]!.name, layer: 'layer', gathers, constantRows: 0, columns: 6, positions: [9, 8], preload: null,
    weights: randomCodes(next, gathers.reduce((n, g) => n + g.kernel[0] * g.kernel[1] * 6, 0) * 6, -60, 100), config: { shift: 9, clamp: [0, 255] },
    table: null, function: null, output: { signal: to, channel: 0, origin: [0, 0] },
  });
  const all = (signal: number, over: Partial<Gather> = {}): Gather => ({ ...window([0, 6], over), signal });
  const point = { kernel: [1, 1], origin: [0, 0] } as const;
  return {
    chip: loadChip('tianji'), signals, ops: [op(1, [all(0)]), op(2, [all(1)]), op(3, [all(2)]), op(4, [all(3, point), all(1, point)])],
    input: 0, output: 4, hostOps: [], inputShape: [1], outputShape: [1],
  };
}

describe('buffers of the engine', () => {
  const graph = chain();
  const input = randomCodes(generator(8), 5 * 9 * 8 * 6, 0, 255);
  const expected = [...referenceRun(graph, input, 5).get(graph.output)!];

  it.each(['simd', 'scalar'])('are used again only when nobody reads them any more: %s', (kernel) => {
    const memory = createMemory();
    const { exports, heapBase } = instantiateKernels(loadModule(), memory);
    const arena = new Arena(memory, heapBase);
    const [few, all] = ([[], 'all'] as const).map((keep) => planEngine(graph, memory, arena.allocate, { batch: 5, keep, kernel }));
    expect(few!.arenaBytes).toBeLessThan(all!.arenaBytes);
    const engine = new Engine(few!, memory, exports, arena.allocate(few!.arenaBytes));
    engine.run(input, 5);
    expect([...engine.read(graph.output, 5)]).toEqual(expected);
  });
});
