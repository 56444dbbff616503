/** Small core-op networks by hand, one for each arithmetic. */
import type { Artefact } from '../../src/cores/artefact.js';
import type { Code, CoreGraph, CoreOp, Gather, Signal } from '../../src/cores/types.js';
import { loadChip } from '../../src/data/chips.js';

export function gather(signal: number, channels: readonly [number, number], more: Partial<Gather> = {}): Gather {
  return { signal, channels, kernel: [1, 1], stride: [1, 1], dilation: [1, 1], origin: [0, 0], fill: null, ...more };
}

function signal(name: string, shape: readonly [number, number, number], code: Code | null, copies = 1): Signal {
  return { name, shape, code, golden: name, copies };
}

const core: Omit<CoreOp, 'gathers' | 'columns' | 'positions' | 'weights' | 'output' | 'name'> = {
  kind: 'core', layer: 'layer', constantRows: 0, preload: null, config: {}, table: null, function: null,
};

/** A padded 3 x 3 convolution of a 4 x 4 x 2 map to 3 channels in two tiles, wiring, a reordering and a sum of everything in two copies. */
export function windowGraph(): CoreGraph {
  const code: Code = { lo: 0, hi: 255, step: [0.5], zero: [3] };
  const conv = { ...core, positions: [4, 4] as const, gathers: [gather(0, [0, 2], { kernel: [3, 3], origin: [-1, -1] })] };
  const config = { shift: 4, clamp: [0, 255] as const };
  const table = Int16Array.from({ length: 256 }, (_, i) => 255 - i);
  return {
    chip: loadChip('tianji'),
    signals: [
      signal('image', [4, 4, 2], { ...code, step: [0.1, 0.25], zero: [0, 7] }),
      signal('conv', [4, 4, 3], code),
      signal('crop', [2, 3, 3], code),
      signal('flat', [1, 1, 18], code),
      signal('logits', [1, 1, 4], { ...code, step: [1 / 3] }, 2),
    ],
    ops: [
      { ...conv, name: 'conv/c0', columns: 2, weights: Int16Array.from({ length: 36 }, (_, i) => i * 7 % 256 - 128), preload: Int32Array.of(8, -90000),
        config, output: { signal: 1, channel: 0, origin: [0, 0] } },
      { ...conv, name: 'conv/c1', columns: 1, weights: Int16Array.from({ length: 18 }, (_, i) => i - 9), preload: null, config, table,
        output: { signal: 1, channel: 2, origin: [0, 0] } },
      { kind: 'wire', name: 'crop', layer: 'crop', output: 2, pieces: [{ signal: 1, from: [3, 0, 0], step: [-2, 1, 1], size: [2, 2, 3], to: [0, 1, 0] }] },
      { kind: 'permute', name: 'flatten', layer: 'flatten', signal: 2, view: [2, 3, 3], axes: [2, 0, 1], output: 3 },
      { ...core, name: 'fc', gathers: [gather(3, [0, 18])], columns: 4, positions: [1, 1], weights: Int16Array.from({ length: 72 }, (_, i) => i - 36),
        preload: Int32Array.of(1, 2, 3, 4), config, output: { signal: 4, channel: 0, origin: [0, 0] } },
    ],
    input: 0, output: 4, inputShape: [1, 2, 4, 4], outputShape: [1, 2],
    hostOps: [{ name: 'softmax', op: 'Softmax', attributes: { axis: -1, flatten: 0 } }],
  };
}

/** A 4:1 maximum and a weighted sum with a constant row. */
export function composedGraph(): CoreGraph {
  const code: Code = { lo: 0, hi: 63, step: [1 / 63], zero: [0] };
  return {
    chip: loadChip('prime'),
    signals: [signal('x', [4, 4, 2], code), signal('pooled', [2, 2, 2], code), signal('y', [1, 1, 3], code)],
    ops: [
      { kind: 'maximum', name: 'pool', layer: 'pool', gathers: [gather(0, [0, 2], { kernel: [2, 2], stride: [2, 2] })], positions: [2, 2],
        output: { signal: 1, channel: 0, origin: [0, 0] } },
      { ...core, name: 'fc', gathers: [gather(1, [0, 2], { kernel: [2, 2] })], constantRows: 1, columns: 3, positions: [1, 1],
        weights: Int16Array.from({ length: 27 }, (_, i) => (i % 2 === 0 ? 255 : -255)), config: { gain: 9, clamp: [0, 63] },
        output: { signal: 2, channel: 0, origin: [0, 0] } },
    ],
    input: 0, output: 2, inputShape: [1, 2, 4, 4], outputShape: [1, 3], hostOps: [],
  };
}

export function idealGraph(): CoreGraph {
  const code: Code = { lo: 0, hi: 31, step: [0.125], zero: [0] };
  return {
    chip: loadChip('examples/chips/small-ideal.yaml'),
    signals: [signal('x', [1, 1, 3], code), signal('y', [1, 1, 2], code)],
    ops: [{ ...core, name: 'fc', gathers: [gather(0, [0, 3])], columns: 2, positions: [1, 1], weights: Int16Array.of(-16, 15, 3, 4, 5, 6),
      preload: Int32Array.of(2 ** 31 - 256 * 16, -1), config: { shift: 3, clamp: [0, 31] }, output: { signal: 1, channel: 0, origin: [0, 0] } }],
    input: 0, output: 1, inputShape: [1, 3], outputShape: [1, 2], hostOps: [],
  };
}

/** The same with an input of two digits to the base 3. */
export function digitsGraph(): CoreGraph {
  const graph = idealGraph();
  const code: Code = { lo: 0, hi: 31, step: [1.5, 0.5, 1.5, 0.5], zero: [4, 1, 4, 1] };
  const [fc] = graph.ops as readonly CoreOp[];
  return {
    ...graph, inputShape: [1, 2],
    signals: [{ ...signal('x', [1, 1, 4], code, 2), digits: 3 }, graph.signals[1]],
    ops: [{ ...fc, gathers: [gather(0, [0, 4])], weights: Int16Array.of(-16, 15, 3, 4, 5, 6, 7, -8) }],
  };
}

export function floatGraph(): CoreGraph {
  const tile = { ...core, positions: [1, 1] as const, columns: 2 };
  return {
    chip: loadChip('ideal'),
    signals: [signal('x', [1, 1, 3], null), signal('h', [1, 1, 2], null), signal('m', [1, 1, 2], null), signal('y', [1, 1, 2], null)],
    ops: [
      { ...tile, name: 'fc1', gathers: [gather(0, [0, 3])], weights: Float32Array.of(1.5, -2, 0.1, 3e-20, -0, 7), preload: Float32Array.of(-0, 1),
        function: { op: 'Clip', attributes: { lo: -0, hi: Number.POSITIVE_INFINITY } }, output: { signal: 1, channel: 0, origin: [0, 0] } },
      { kind: 'maximum', name: 'max', layer: 'max', gathers: [gather(1, [0, 2], { kernel: [2, 2], fill: -3.4028234663852886e38 })], positions: [1, 1],
        output: { signal: 2, channel: 0, origin: [0, 0] } },
      { ...tile, name: 'fc2', gathers: [gather(2, [0, 2])], weights: Float32Array.of(1, 2, 3, 4), preload: null,
        function: { op: 'PRelu', attributes: {}, parameter: Float32Array.of(0.25, -1) }, output: { signal: 3, channel: 0, origin: [0, 0] } },
    ],
    input: 0, output: 3, inputShape: [1, 3], outputShape: [1, 2], hostOps: [],
  };
}

export const GRAPHS = { window: windowGraph, composed: composedGraph, ideal: idealGraph, digits: digitsGraph, float: floatGraph } as const;

export function artefactOf(graph: CoreGraph): Artefact {
  return {
    graph,
    provenance: {
      model: { file: 'm.onnx', sha256: '0'.repeat(64) }, seed: 0, samples: 512, options: { workers: 2, chip: 'tianji', equalise: true },
      calibration: 'random:0', trestle: '0.1.0',
    },
    mapping: { assignments: [{ op: 'fc', core: 0, turn: 0 }], cores: 1 },
    layers: [{ name: 'fc', coreOps: 1, sqnrDb: 38.125 }],
  };
}
