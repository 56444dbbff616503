/** Neighbours that read the same rows become one tile; whatever differs keeps them apart. That codes stay the same is seen against the reference. */
import { describe, expect, it } from 'vitest';
import type { CoreGraph, CoreOp, Gather, Op } from '../../src/cores/types.js';
import { loadChip } from '../../src/data/chips.js';
import { Engine } from '../../src/emulate/engine.js';
import { joinCores } from '../../src/emulate/join.js';
import { planEngine } from '../../src/emulate/plan.js';
import { referenceRun } from '../../src/emulate/reference.js';
import { createMemory, instantiateKernels } from '../../src/kernels/instance.js';
import { Arena } from '../../src/kernels/memory.js';
import { generator, loadModule, randomCodes } from '../kernels/setup.js';

const gather: Gather = { signal: 0, channels: [0, 2], kernel: [1, 1], stride: [1, 1], dilation: [1, 1], origin: [0, 0], fill: null };

/** A core-op of two rows and a constant one. */
const core = (channel: number, weights: number[], over: Partial<CoreOp> = {}): CoreOp => ({
  kind: 'core', name: `c${channel}`, layer: 'layer', gathers: [gather], constantRows: 1, columns: weights.length / 3, positions: [2, 2],
  weights: Int16Array.from(weights), preload: null, config: { gain: 9, clamp: [0, 63] }, table: null, function: null,
  output: { signal: 1, channel, origin: [0, 0] }, ...over,
});

const namesOf = (ops: readonly (Op | null)[]): (string | null)[] => ops.map((op) => op?.name ?? null);

describe('cores that read the same rows', () => {
  it('become one, column by column, in the place of the first', () => {
    const ops = [core(0, [1, 2, 3, 4, 5, 6]), core(2, [10, 20, 30]), core(3, [-1, -2, -3])];
    const [joined, ...rest] = joinCores(ops);
    expect(rest).toEqual([null, null]);
    expect(joined).toEqual({ ...ops[0], columns: 4, weights: Int16Array.of(1, 2, 10, -1, 3, 4, 20, -2, 5, 6, 30, -3) });
  });

  it('stay apart where anything differs, and where another op stands between', () => {
    const differences: Partial<CoreOp>[] = [
      { layer: 'other' }, { gathers: [{ ...gather, origin: [1, 0] }] }, { constantRows: 0 }, { positions: [2, 1] }, { config: { gain: 8, clamp: [0, 63] } },
      { table: new Int16Array(64) }, { output: { signal: 2, channel: 2, origin: [0, 0] } }, { output: { signal: 1, channel: 3, origin: [0, 0] } },
      { output: { signal: 1, channel: 2, origin: [0, 1] } },
    ];
    const first = core(0, [1, 2, 3, 4, 5, 6]);
    for (const over of differences) {
      const ops = [first, core(2, [1, 2, 3], over)];
      expect(joinCores(ops), JSON.stringify(over)).toEqual(ops);
    }
    const wire: Op = { kind: 'wire', name: 'wire', layer: 'layer', pieces: [], output: 2 };
    for (const between of [wire, null]) {
      const ops = [first, between, core(2, [1, 2, 3]), core(3, [1, 2, 3])];
      expect(namesOf(joinCores(ops))).toEqual(['c0', between?.name ?? null, 'c2', null]);
    }
  });

  it('give what each of them gives, mirrored or not', () => {
    const chip = loadChip('prime');
    const next = generator(2);
    const code = { lo: 0, hi: 63, step: [1], zero: [0] };
    const signals = [2, 5].map((channels) => ({ name: `of ${channels}`, shape: [2, 2, channels] as const, code, golden: null, copies: 1 }));
    const weights = randomCodes(next, 6, -255, 255);
    const mirrored = weights.map((w, k) => (k < 4 ? -w : next(0, 255)));
    const ops = [core(0, [...weights]), core(2, [...mirrored]), core(4, [...randomCodes(next, 3, -255, 255)])];
    const graph: CoreGraph = { chip, signals, ops, input: 0, output: 1, hostOps: [], inputShape: [1], outputShape: [1] };
    const memory = createMemory();
    const { exports, heapBase } = instantiateKernels(loadModule(), memory);
    const arena = new Arena(memory, heapBase);
    for (const joined of [ops.slice(0, 2), ops]) {
      const part = { ...graph, ops: joined };
      const plan = planEngine(part, memory, arena.allocate, { batch: 3, keep: [] });
      expect(plan.steps.filter((step) => step.kind !== 'none').length).toBe(1);
      const engine = new Engine(plan, memory, exports, arena.allocate(plan.arenaBytes));
      const input = randomCodes(next, 3 * 8, 0, 63);
      engine.run(input, 3);
      const columns = joined.reduce((n, op) => n + op.columns, 0);
      const written = (codes: Iterable<number>): number[] => [...codes].filter((_, k) => k % 5 < columns);
      expect(written(engine.read(1, 3))).toEqual(written(referenceRun(part, input, 3).get(1)!));
    }
  });
});
