/** Trees of sums and ReLUs run as maxima where they are such, and nobody looks inside; their codes stay those of the reference. */
import { describe, expect, it } from 'vitest';
import type { Chip } from '../../src/chip/types.js';
import type { Code, CoreGraph, CoreOp } from '../../src/cores/types.js';
import { loadChip } from '../../src/data/chips.js';
import { Engine } from '../../src/emulate/engine.js';
import { foldMaxima } from '../../src/emulate/maxima.js';
import { planEngine } from '../../src/emulate/plan.js';
import { referenceRun } from '../../src/emulate/reference.js';
import { expand } from '../../src/expand/expand.js';
import { coreGraphOf } from '../../src/expand/types.js';
import { createMemory, instantiateKernels } from '../../src/kernels/instance.js';
import { Arena } from '../../src/kernels/memory.js';
import type { MaxPoolNode } from '../../src/reform/types.js';
import { generator, loadModule, randomCodes } from '../kernels/setup.js';

const tianji = loadChip('tianji');
const SAMPLES = 3;

/** Maximum pooling of a map [9, 8] with a frame, in `channels` channels: more than one core takes at once. */
function pooling(kernel: readonly [number, number], channels: number, chip: Chip = tianji): CoreGraph {
  const input = { name: 'x', shape: [channels, 9, 8] as const };
  const output = { name: 'y', shape: [channels, 4, 4] as const };
  const node: MaxPoolNode = { kind: 'maxpool', name: 'pool', input, kernel, stride: [2, 2], dilation: [1, 1], origin: [-1, -1], output };
  const { lo, hi } = chip.inputs[0]!;
  const code: Code = { lo, hi, step: [0.5], zero: [7] };
  const shapes = { inputShape: [1, ...input.shape], outputShape: [1, ...output.shape] };
  const network = { name: 'pool', nodes: [node], input, output, host: [], inputRange: null, ...shapes };
  return coreGraphOf(expand(network, chip, new Map([[input, code]]), { outputCopies: 1 }));
}

function kindsOf(graph: CoreGraph, kept: readonly number[] = []): string[] {
  return foldMaxima(graph, (s) => kept.includes(s)).map((op) => op?.kind ?? 'none');
}

function changed(graph: CoreGraph, at: number, change: (op: CoreOp) => Partial<CoreOp>): CoreGraph {
  return { ...graph, ops: graph.ops.map((op, i) => (i === at ? { ...(op as CoreOp), ...change(op as CoreOp) } : op)) };
}

function expectReference(graph: CoreGraph): void {
  const memory = createMemory();
  const { exports, heapBase } = instantiateKernels(loadModule(), memory);
  const arena = new Arena(memory, heapBase);
  const plan = planEngine(graph, memory, arena.allocate, { batch: SAMPLES, keep: [] });
  const engine = new Engine(plan, memory, exports, arena.allocate(plan.arenaBytes));
  const input = randomCodes(generator(3), SAMPLES * plan.sizes[graph.input]!, 0, 255);
  engine.run(input, SAMPLES);
  expect([...engine.read(graph.output, SAMPLES)]).toEqual([...referenceRun(graph, input, SAMPLES).get(graph.output)!]);
}

describe('maxima built of sums', () => {
  it.each([[[2, 2], 5], [[3, 3], 40], [[1, 3], 8], [[3, 2], 64]] as const)('of windows %j in %i channels run as maxima', (kernel, channels) => {
    const graph = pooling(kernel, channels);
    const kinds = kindsOf(graph);
    const blocks = graph.ops.filter((op) => 'output' in op && writes(op, graph.output)).length;
    expect(kinds.filter((kind) => kind === 'maximum').length).toBe(blocks);
    expect(kinds.filter((kind) => kind === 'none').length).toBe(graph.ops.length - blocks);
    expectReference(graph);
  });

  it('run as they stand where the codes inside are asked for', () => {
    const graph = pooling([3, 3], 5);
    for (const op of graph.ops.slice(0, -1)) {
      expect(kindsOf(graph, [(op as CoreOp).output.signal])).toEqual(graph.ops.map(() => 'core'));
    }
    expect(kindsOf(graph, [graph.input, graph.output])).toContain('maximum');
  });

  it('run as they stand where anything makes them something else', () => {
    const graph = pooling([3, 3], 5);
    const last = graph.ops.length - 1;
    const changes: ((op: CoreOp) => Partial<CoreOp>)[] = [
      ({ weights }) => ({ weights: weights.map((w, k) => (k === weights.findIndex((v) => v === 1) ? 0 : w)) as Int16Array }),
      ({ weights }) => ({ weights: weights.map((w, k) => (k === weights.findIndex((v) => v === 1) ? -1 : w)) as Int16Array }),
      ({ weights }) => ({ weights: weights.map((w, k) => (k === weights.findIndex((v) => v === 1) ? 2 : w)) as Int16Array }),
      ({ preload }) => ({ preload: preload!.map((b, j) => (j === 2 ? 1 : b)) as Int32Array }),
      ({ config }) => ({ config: { ...config, shift: 1 } }),
      () => ({ table: Int16Array.from({ length: 256 }, (_, k) => 255 - k) }),
    ];
    for (const at of [0, 1, last]) {
      for (const change of changes) {
        const other = changed(graph, at, change);
        expect(kindsOf(other), `op ${at}, ${String(change)}`).toEqual(graph.ops.map(() => 'core'));
        expectReference(other);
      }
      // Windows that this chip has not, so that nothing can run them.
      for (const clamp of [[0, 254], [1, 255]] as const) {
        expect(kindsOf(changed(graph, at, ({ config }) => ({ config: { ...config, clamp } })))).not.toContain('maximum');
      }
    }
  });

  it('run as they stand where an op outside reads from within', () => {
    const graph = pooling([3, 3], 5);
    const inner = (graph.ops[0] as CoreOp).output.signal;
    const reader: CoreOp = { ...(graph.ops[1] as CoreOp), name: 'reader', output: { signal: graph.signals.length, channel: 0, origin: [0, 0] } };
    const signals = [...graph.signals, { ...graph.signals[(graph.ops[1] as CoreOp).output.signal]!, name: 'seen' }];
    expect(reader.gathers[0]!.signal).toBe(inner);
    expect(kindsOf({ ...graph, signals, ops: [...graph.ops, reader] })).not.toContain('maximum');
  });

  it('of a core with an accumulator that could saturate run as they stand', () => {
    const narrow = { ...tianji, arithmetic: { ...tianji.arithmetic, accumulatorBits: 11 } as Chip['arithmetic'] };
    expect(kindsOf({ ...pooling([3, 3], 5), chip: narrow })).not.toContain('maximum');
  });
});

function writes(op: CoreGraph['ops'][number], signal: number): boolean {
  return op.kind === 'core' && op.output.signal === signal;
}
