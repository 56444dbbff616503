import { describe, expect, it } from 'vitest';
import { checkLimits } from '../../src/cores/limits.js';
import { checkStructure } from '../../src/cores/structure.js';
import type { CoreGraph, CoreOp, MaximumOp, Op, PermuteOp, Signal, WireOp } from '../../src/cores/types.js';
import { loadChip } from '../../src/data/chips.js';
import { composedGraph, floatGraph, gather, GRAPHS, idealGraph, windowGraph } from './samples.js';

function messages(graph: CoreGraph, check: typeof checkLimits): string[] {
  return check(graph).map((d) => `${d.code} ${d.place}: ${d.message}`);
}

function withOp<T extends Op>(graph: CoreGraph, index: number, change: Partial<T>): CoreGraph {
  return { ...graph, ops: graph.ops.map((op, i) => (i === index ? ({ ...op, ...change } as Op) : op)) };
}

function withSignal(graph: CoreGraph, index: number, change: Partial<Signal>): CoreGraph {
  return { ...graph, signals: graph.signals.map((s, i) => (i === index ? { ...s, ...change } : s)) };
}

const coded = (graph: CoreGraph, index: number, change: object): CoreGraph => {
  const { code } = graph.signals[index];
  return withSignal(graph, index, { code: code === null ? null : { ...code, ...change } });
};
const set = (values: Int16Array, at: number, value: number): Int16Array => values.map((v, i) => (i === at ? value : v));
const coreOp = (graph: CoreGraph, index: number): CoreOp & { weights: Int16Array } => graph.ops[index] as CoreOp & { weights: Int16Array };

describe('networks by hand', () => {
  it.each(Object.entries(GRAPHS))('%s: nothing to report', (_, graph) => {
    expect(messages(graph(), checkStructure)).toEqual([]);
    expect(messages(graph(), checkLimits)).toEqual([]);
  });
});

describe('limits', () => {
  const window = windowGraph();
  const composed = composedGraph();
  const ideal = idealGraph();
  const conv = coreOp(window, 0);
  const fc = coreOp(composed, 1);
  const below = withOp<CoreOp>(window, 0, { gathers: [gather(0, [0, 2], { kernel: [2, 1] })], weights: new Int16Array(8) });
  const cases: [string, CoreGraph, RegExp][] = [
    ['rows', { ...window, chip: { ...window.chip, core: { ...window.chip.core, rows: 17 } } }, /conv\/c0: 18 rows/],
    ['columns', { ...window, chip: { ...window.chip, core: { ...window.chip.core, columns: 1 } } }, /conv\/c0: 2 columns/],
    ['constant rows', { ...composed, chip: { ...composed.chip, core: { ...composed.chip.core, rows: 8 } } }, /fc: 9 rows/],
    ['a weight', withOp<CoreOp>(window, 0, { weights: set(conv.weights, 5, 128) }), /weight 5 is 128/],
    ['a weight of composed cells', withOp<CoreOp>(composed, 1, { weights: set(fc.weights, 3, -256) }), /weight 3 is -256/],
    ['a shift', withOp<CoreOp>(window, 0, { config: { shift: 17, clamp: [0, 255] } }), /shift is 17/],
    ['no shift', withOp<CoreOp>(window, 0, { config: { clamp: [0, 255] } }), /shift is absent/],
    ['a gain', withOp<CoreOp>(composed, 1, { config: { gain: 10, clamp: [0, 63] } }), /gain is 10/],
    ['a gain where it is fixed', { ...composed, chip: loadChip('prime-fixed') }, /gain is 9/],
    ['a setting of another arithmetic', withOp<CoreOp>(window, 0, { config: { shift: 1, gain: 1, clamp: [0, 255] } }), /settings gain/],
    ['a clamp that is no window', withOp<CoreOp>(window, 0, { config: { shift: 1, clamp: [0, 254] } }), /clamp 0..254/],
    ['the signed window without a table', withOp<CoreOp>(window, 0, { config: { shift: 1, clamp: [-128, 127] } }), /results -128..127/],
    ['a preload', withOp<CoreOp>(window, 0, { preload: Int32Array.of(0, 2 ** 23) }), /preload 1 is 8388608/],
    ['a preload of composed cores', withOp<CoreOp>(composed, 1, { preload: Int32Array.of(0, 0, 0) }), /it has a preload/],
    ['constant rows with a preload', withOp<CoreOp>(ideal, 0, { constantRows: 1, weights: new Int16Array(8) }), /1 constant rows/],
    ['a short table', withOp<CoreOp>(window, 1, { table: new Int16Array(255) }), /a table of 255/],
    ['a table entry', withOp<CoreOp>(window, 1, { table: new Int16Array(256).fill(-1) }), /table entry 0 is -1/],
    ['a table that the chip has not', withOp<CoreOp>(ideal, 0, { table: new Int16Array(32) }), /it has a table/],
    ['a sum beyond 32 bits', withOp<CoreOp>(ideal, 0, { preload: Int32Array.of(0, 2 ** 31 - 1) }), /sum of column 1/],
    ['codes of inputs', coded(window, 0, { lo: -1 }), /inputs have codes -1..255/],
    ['codes of outputs', coded(composed, 2, { hi: 64 }), /outputs have codes 0..64/],
    ['padding', coded(window, 0, { zero: [0, 256] }), /padding of signal image is code 256/],
    ['padding one line below the map', coded(below, 0, { zero: [0, 256] }), /conv\/c0: padding of signal image is code 256/],
    ['a fill', withOp<CoreOp>(window, 0, { gathers: [gather(0, [0, 2], { kernel: [3, 3], origin: [-1, -1], fill: -1 })] }), /image is code -1/],
    ['a float function', withOp<CoreOp>(window, 0, { function: { op: 'Tanh', attributes: {} } }), /function Tanh/],
    ['float weights', withOp<CoreOp>(window, 0, { weights: new Float32Array(36) }), /another type/],
    ['a maximum of too many', withOp<MaximumOp>(composed, 0, { gathers: [gather(0, [0, 2], { kernel: [2, 3], stride: [2, 1] })] }), /a maximum of 6 codes/],
    ['a maximum where there is none', { ...composed, chip: { ...composed.chip, pooling: null } }, /pool: a maximum/],
    ['a maximum into fewer codes', coded(composed, 1, { hi: 62 }), /a maximum of codes 0..63/],
    ['wiring into fewer codes', coded(window, 2, { hi: 200 }), /codes 0..255 of conv go to crop/],
    ['uncovered elements', coded(window, 2, { zero: [300] }), /uncovered elements of crop are code 300/],
    ['no codes', withSignal(window, 1, { code: null }), /signal conv: it has no codes/],
    ['codes on a float chip', coded(withSignal(floatGraph(), 0, { code: { lo: 0, hi: 1, step: [1], zero: [0] } }), 0, {}), /signal x: it has codes/],
    ['spikes', { ...composed, chip: loadChip('tianji-snn') }, /spiking/],
    ['weights that are no numbers', withOp<CoreOp>(floatGraph(), 2, { weights: Float32Array.of(1, Number.NaN, 0, 0) }), /weight 1 is NaN/],
    ['an unknown function', withOp<CoreOp>(floatGraph(), 2, { function: { op: 'Cosine', attributes: {} } }), /function Cosine/],
    ['a short parameter', withOp<CoreOp>(floatGraph(), 2, { function: { op: 'PRelu', attributes: {}, parameter: Float32Array.of(1) } }), /parameter of PRelu/],
    ['a missing attribute', withOp<CoreOp>(floatGraph(), 2, { function: { op: 'Clip', attributes: { lo: 0 } } }), /attributes of Clip/],
  ];
  it.each(cases)('%s', (_, graph, expected) => {
    const found = messages(graph, checkLimits);
    expect(found.join('\n')).toMatch(expected);
    expect(found.every((m) => m.startsWith('T401 '))).toBe(true);
  });

  it('take sums up to the ends of 32 bits, and none beyond', () => {
    // Codes are 0..31: column 0 (weights -16, 3, 5) adds -496..248 to its preload, column 1 (15, 4, 6) adds 0..775.
    const found = (first: number, second: number): string => messages(withOp<CoreOp>(ideal, 0, { preload: Int32Array.of(first, second) }), checkLimits).join();
    expect([found(-(2 ** 31) + 496, 0), found(0, 2 ** 31 - 1 - 775)]).toEqual(['', '']);
    expect(found(-(2 ** 31) + 495, 0)).toMatch(/sum of column 0/);
    expect(found(0, 2 ** 31 - 775)).toMatch(/sum of column 1/);
  });

  it('take the signed window through a table', () => {
    const table = Int16Array.from({ length: 256 }, (_, i) => Math.max(0, i - 128));
    expect(messages(withOp<CoreOp>(windowGraph(), 0, { config: { shift: 1, clamp: [-128, 127] }, table }), checkLimits)).toEqual([]);
  });
});

describe('structure', () => {
  const window = windowGraph();
  const composed = composedGraph();
  const wire = window.ops[2] as WireOp;
  const piece = wire.pieces[0];
  const from = (change: Partial<ReturnType<typeof gather>>): CoreGraph =>
    withOp<CoreOp>(window, 0, { gathers: [gather(0, [0, 2], { kernel: [3, 3], origin: [-1, -1], ...change })] });
  const cases: [string, CoreGraph, RegExp][] = [
    ['a signal id', from({ signal: 9 }), /reads signal 9/],
    ['channels', from({ channels: [0, 3] }), /how it gathers from image/],
    ['a stride of 0', from({ stride: [0, 1] }), /how it gathers/],
    ['positions beyond 32 bits', from({ stride: [2 ** 29, 1] }), /how it gathers/],
    ['a fill beyond 16 bits', from({ fill: 70000 }), /how it gathers/],
    ['too few weights', withOp<CoreOp>(window, 0, { weights: new Int16Array(35) }), /35 weights/],
    ['too few preloads', withOp<CoreOp>(window, 0, { preload: new Int32Array(1) }), /1 preloads/],
    ['writing outside', withOp<CoreOp>(window, 0, { output: { signal: 1, channel: 0, origin: [1, 0] } }), /writes \[4, 4, 2\] at \[1, 0, 0\] of conv/],
    ['writing twice', withOp<CoreOp>(window, 0, { output: { signal: 1, channel: 1, origin: [0, 0] } }), /signal conv: elements are written twice/],
    ['writing the input', withOp<CoreOp>(window, 0, { output: { signal: 0, channel: 0, origin: [0, 0] } }), /are written already/],
    ['reading too early', { ...window, ops: [...window.ops].reverse() }, /before all of it is written/],
    ['reading a part', { ...window, ops: window.ops.filter((_, i) => i !== 1) }, /reads signal conv before all of it is written/],
    ['never writing', { ...window, ops: window.ops.slice(0, 4) }, /signal logits: 4 of its elements are never written/],
    ['wiring from outside', withOp<WireOp>(window, 2, { pieces: [{ ...piece, step: [-4, 1, 1] }] }), /reads .* of conv/],
    ['wiring to outside', withOp<WireOp>(window, 2, { pieces: [{ ...piece, to: [0, 2, 0] }] }), /writes .* of crop/],
    ['wiring twice', withOp<WireOp>(window, 2, { pieces: [{ ...piece, size: [1, 1, 3] }, { ...piece, size: [1, 1, 2] }] }), /crop: elements are written twice/],
    ['axes', withOp<PermuteOp>(window, 3, { axes: [2, 0, 0] }), /axes/],
    ['a view', withOp<PermuteOp>(window, 3, { view: [2, 3, 2] }), /the view/],
    ['two names', withSignal(window, 1, { name: 'image' }), /two signals/],
    ['copies', withSignal(window, 4, { copies: 3 }), /3 copies in 4 channels/],
    ['segments', withSignal(window, 4, { copies: 4, segments: 3 }), /3 segments in 4 copies/],
    ['segments of digits', withSignal(GRAPHS.digits(), 0, { segments: 2 }), /2 segments in 2 copies/],
    ['a step of 0', coded(window, 1, { step: [0] }), /its steps/],
    ['steps of another number', coded(window, 1, { step: [1, 1] }), /its steps/],
    ['zeros that are no integers', coded(window, 1, { zero: [0.5] }), /its zeros/],
    ['codes beyond 16 bits', coded(window, 1, { hi: 40000 }), /codes 0..40000/],
    ['a huge signal', withSignal(window, 1, { shape: [65536, 65536, 65536] }), /shape/],
    ['the input shape', { ...window, inputShape: [1, 3, 4, 4] }, /input shape/],
    ['the output shape, which has no copies', { ...window, outputShape: [1, 4] }, /output shape: \[1, 4\]/],
    ['maxima of different widths', withOp<MaximumOp>(composed, 0, { gathers: [gather(0, [0, 2]), gather(0, [0, 1])] }), /different numbers of channels/],
    ['a host function along the samples', { ...window, hostOps: [{ name: 'a', op: 'ArgMax', attributes: { axis: 0 } }] }, /a \(ArgMax\): axis 0/],
    ['a host function after the last axis', { ...window, hostOps: [
      { name: 'a', op: 'ArgMax', attributes: { axis: 1, keepdims: 0 } }, { name: 'b', op: 'Softmax', attributes: { axis: 1 } },
    ] }, /b \(Softmax\): axis 1 of an output of 1 dimensions/],
    ['an attribute of a host function', { ...window, hostOps: [{ name: 'a', op: 'Sigmoid', attributes: { axis: 1 } }] }, /attribute axis/],
    ['a maximum of nothing', withOp<MaximumOp>(composed, 0, { gathers: [] }), /gathers are malformed/],
    ['digits of an inner signal', withSignal(windowGraph(), 1, { digits: 2 }), /its values are two digits/],
    ['digits to a base beyond the codes', withSignal(GRAPHS.digits(), 0, { digits: 33 }), /digits to the base 33/],
    ['digits without copies', withSignal(GRAPHS.digits(), 0, { copies: 1 }), /1 copies/],
  ];
  it.each(cases)('%s', (_, graph, expected) => {
    const found = messages(graph, checkStructure);
    expect(found.join('\n')).toMatch(expected);
    expect(found.every((m) => m.startsWith('T500 '))).toBe(true);
  });
});
