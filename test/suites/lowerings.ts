/** Small networks that together take every lowering and every rule of reform; each a list of ONNX nodes with generated weights. */
import { generator } from '../kernels/setup.js';
import { floats, integers, raw, type ModelNode, type ModelParts } from '../read/models.js';

export interface Case extends ModelParts {
  readonly name: string;
  readonly input: readonly (number | string)[];
  /** Decibels that its parts lose on chips of few bits, beyond what a sum or a function does. */
  readonly loses?: number;
}

let seed = 1;
const values = (count: number, scale = 1): Float32Array => {
  const next = generator(seed++);
  return Float32Array.from({ length: count }, () => (next(-128, 128) / 128) * scale);
};
const positive = (count: number): Float32Array => values(count).map((v) => 0.5 + Math.abs(v));
const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const tensor = (shape: readonly number[], scale = 1): ReturnType<typeof floats> => floats(shape, values(product(shape), scale));
const scalar = (v: number): ReturnType<typeof floats> => floats([], [v]);

type Constants = NonNullable<ModelParts['constants']>;

/** A chain of nodes from x: each reads the one before as its first input. Entries: [op, further inputs, attributes]. */
type Link = readonly [op: string, inputs?: readonly string[], attributes?: ModelNode['attributes']];

function chain(links: readonly Link[]): ModelNode[] {
  return links.map(([op, inputs = [], attributes = {}], i) => ({
    op, inputs: [i === 0 ? 'x' : `v${i}`, ...inputs], outputs: [`v${i + 1}`], attributes,
  }));
}

const conv: Link = ['Conv', ['w', 'b'], { pads: [1, 1, 1, 1] }];
const convConstants = (channels = 4, from = 3): Constants => ({ w: tensor([channels, from, 3, 3], 0.3), b: tensor([channels], 0.3) });
const batchNorm: Constants = { gamma: floats([4], positive(4)), beta: tensor([4]), mean: tensor([4], 0.3), variance: floats([4], positive(4)) };
const normalise: Link = ['BatchNormalization', ['gamma', 'beta', 'mean', 'variance'], { epsilon: 1e-3 }];
const image = ['N', 3, 8, 7] as const;

function one(name: string, links: readonly Link[], constants: Constants = {}, more: Partial<Case> = {}): Case {
  return { name, input: image, nodes: chain(links), constants, ...more };
}

/** A convolution first, so that what follows is preceded by a sum. */
function afterConv(name: string, links: readonly Link[], constants: Constants = {}, more: Partial<Case> = {}): Case {
  return one(name, [conv, ...links], { ...convConstants(), ...constants }, more);
}

const wide = (name: string, attributes: ModelNode['attributes'], shape: readonly number[], more: Partial<Case> = {}): Case =>
  one(name, [['Conv', ['w', 'b'], attributes]], { w: tensor(shape, 0.3), b: tensor([shape[0]!], 0.3) }, more);

const CONVOLUTIONS: Case[] = [
  wide('conv: asymmetric padding', { pads: [0, 1, 2, 1] }, [5, 3, 3, 3]),
  wide('conv: strides and dilations', { strides: [2, 1], dilations: [1, 2], pads: [1, 2, 1, 2] }, [4, 3, 3, 3]),
  wide('conv: groups', { group: 3, pads: [1, 1, 1, 1] }, [6, 1, 3, 3]),
  wide('conv: two groups of two', { group: 2 }, [6, 2, 3, 2], { input: ['N', 4, 8, 7] }),
  wide('conv: SAME_UPPER', { auto_pad: 'SAME_UPPER', strides: [2, 2] }, [4, 3, 2, 4]),
  wide('conv: SAME_LOWER', { auto_pad: 'SAME_LOWER', strides: [2, 2] }, [4, 3, 2, 4]),
  wide('conv: VALID', { auto_pad: 'VALID', strides: [2, 3] }, [4, 3, 3, 3]),
  wide('conv: a line', { pads: [2, 1], strides: [2] }, [4, 3, 3], { input: ['N', 3, 11] }),
  wide('conv: padding all around a small map', { pads: [3, 3, 3, 3] }, [2, 3, 3, 3], { input: ['N', 3, 2, 2] }),
  one('depthwise, pointwise', [['Conv', ['d'], { group: 3, pads: [1, 1, 1, 1] }], ['Relu'], ['Conv', ['p', 'b']], ['Clip', ['zero', 'six']]], {
    d: tensor([3, 1, 3, 3], 0.4), p: tensor([8, 3, 1, 1], 0.5), b: tensor([8]), zero: scalar(0), six: scalar(1.5),
  }),
];

const POOLS: Case[] = [
  ...[0, 1].map((include) => afterConv(`average pool: padding ${include === 0 ? 'left out' : 'counted'}`, [
    ['AveragePool', [], { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 1, 1, 0], count_include_pad: include }],
  ])),
  ...[0, 1].map((include) => afterConv(`average pool: rounded up, padding ${include === 0 ? 'left out' : 'counted'}`, [
    ['AveragePool', [], { kernel_shape: [3, 3], strides: [2, 2], pads: [0, 1, 0, 0], ceil_mode: 1, count_include_pad: include }],
  ])),
  // Two positions with the same taps, of which the last counts fewer cells.
  afterConv('average pool: dilated, rounded up, padding counted', [
    ['AveragePool', [], { kernel_shape: [3, 2], dilations: [4, 1], strides: [2, 1], pads: [0, 0, 2, 0], ceil_mode: 1, count_include_pad: 1 }],
  ]),
  afterConv('average pool: SAME_UPPER', [['AveragePool', [], { kernel_shape: [2, 2], auto_pad: 'SAME_UPPER' }], ['Relu']]),
  afterConv('average pool', [['Relu'], ['AveragePool', [], { kernel_shape: [2, 2], strides: [2, 2] }]]),
  afterConv('zero padding, average pool', [['Pad', ['zeros'], {}], ['AveragePool', [], { kernel_shape: [2, 2], strides: [2, 2] }]], {
    zeros: integers([0, 0, 0, 0, 0, 0, 0, 0]),
  }),
  afterConv('max pool', [['Relu'], ['MaxPool', [], { kernel_shape: [2, 2], strides: [2, 2] }]]),
  afterConv('max pool, then relu', [['MaxPool', [], { kernel_shape: [3, 2], strides: [2, 1] }], ['Relu']]),
  afterConv('max pool without relu', [['MaxPool', [], { kernel_shape: [2, 2] }]]),
  afterConv('max pool: padding and dilation', [['Relu'], ['MaxPool', [], { kernel_shape: [2, 3], dilations: [2, 1], pads: [1, 1, 0, 1] }]]),
  afterConv('max pool: rounded up', [['Relu'], ['MaxPool', [], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }]]),
  afterConv('max pool of a negative map, padded', [
    ['MaxPool', [], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }], conv2(),
  ], conv2Constants()),
  one('max pool of the input', [['MaxPool', [], { kernel_shape: [2, 2] }], conv], convConstants()),
  afterConv('global average pool', [
    ['Relu'], ['GlobalAveragePool'], ['Flatten'], ['Gemm', ['m', 'c'], { transB: 1 }],
  ], { m: tensor([5, 4]), c: tensor([5]) }),
  afterConv('global max pool', [
    ['Relu'], ['GlobalMaxPool'], ['Flatten'], ['Gemm', ['m', 'c'], { transB: 1 }],
  ], { m: tensor([5, 4]), c: tensor([5]) }),
  afterConv('mean over space', [['Relu'], ['ReduceMean', [], { axes: [2, 3], keepdims: 0 }], ['Gemm', ['m']]], { m: tensor([4, 5]) }),
  afterConv('mean over space, dimensions kept', [['ReduceMean', [], { axes: [-1, -2], keepdims: 1 }]]),
  afterConv('mean over height', [['ReduceMean', [], { axes: [2], keepdims: 0 }]]),
  afterConv('mean over width', [['ReduceMean', [], { axes: [3], keepdims: 0 }]]),
  afterConv('mean over channels', [['ReduceMean', [], { axes: [1], keepdims: 1 }]]),
  afterConv('mean over channels, dimension dropped', [['ReduceMean', [], { axes: [1], keepdims: 0 }]]),
  afterConv('mean over all', [['ReduceMean', [], { axes: [1, 2, 3], keepdims: 0 }]], {}, { loses: 0.5 }),
];

function conv2(): Link {
  return ['Conv', ['w2'], { pads: [1, 1, 1, 1] }];
}

function conv2Constants(): Constants {
  return { w2: tensor([3, 4, 3, 3], 0.3) };
}

const arithmetic = (op: string, side: 'left' | 'right', shape: readonly number[]): Case => {
  const inputs = side === 'right' ? ['a', 'k'] : ['k', 'a'];
  return {
    name: `${op} with a constant of shape [${shape.join(', ')}] on the ${side}`, input: image,
    nodes: [
      { op: 'Conv', inputs: ['x', 'w', 'b'], outputs: ['a'], attributes: { pads: [1, 1, 1, 1] } },
      { op, inputs, outputs: ['c'] }, { op: 'Relu', inputs: ['c'], outputs: ['y'] },
    ],
    constants: { ...convConstants(), k: floats(shape, positive(product(shape))) },
  };
};

const two = (name: string, nodes: readonly ModelNode[], constants: Constants = {}, more: Partial<Case> = {}): Case => ({
  name, input: image,
  nodes: [
    { op: 'Conv', inputs: ['x', 'w', 'b'], outputs: ['a'], attributes: { pads: [1, 1, 1, 1] } },
    { op: 'Relu', inputs: ['a'], outputs: ['r'] },
    { op: 'Conv', inputs: ['r', 'w2'], outputs: ['c'], attributes: { pads: [1, 1, 1, 1] } }, ...nodes,
  ],
  constants: { ...convConstants(), w2: tensor([4, 4, 3, 3], 0.3), ...constants }, ...more,
});

const SUMS: Case[] = [
  ...['Add', 'Sub', 'Mul'].flatMap((op) => [arithmetic(op, 'right', [1, 4, 1, 1]), arithmetic(op, 'left', [4, 1, 1]), arithmetic(op, 'right', [])]),
  arithmetic('Div', 'right', [4, 1, 1]),
  afterConv('batch normalisation after', [normalise, ['Relu']], batchNorm),
  afterConv('batch normalisation of small variances, without an epsilon', [
    ['BatchNormalization', ['gamma', 'beta', 'mean', 'variance']], ['Relu'],
  ], { ...batchNorm, gamma: floats([4], [0.004, 0.005, -0.004, 0.006]), variance: floats([4], [1e-5, 2e-6, 3e-5, 0]) }),
  one('batch normalisation before, padded below by less than the dilation', [
    ['BatchNormalization', ['gamma', 'beta', 'mean', 'variance']], ['Conv', ['w'], { dilations: [2, 1], pads: [0, 0, 1, 0] }], ['Relu'],
  ], { ...batchNorm, w: tensor([3, 4, 3, 3], 0.3) }, { input: ['N', 4, 6, 6] }),
  one('batch normalisation before, padded', [
    ['BatchNormalization', ['gamma', 'beta', 'mean', 'variance']], ['Conv', ['w'], { pads: [1, 1, 1, 1] }], ['Relu'],
  ], { ...batchNorm, w: tensor([3, 4, 3, 3], 0.3) }, { input: ['N', 4, 6, 6] }),
  one('batch normalisation before, not padded', [
    ['BatchNormalization', ['gamma', 'beta', 'mean', 'variance']], ['Conv', ['w'], { group: 2 }], ['Relu'],
  ], { ...batchNorm, w: tensor([6, 2, 3, 3], 0.3) }, { input: ['N', 4, 6, 6] }),
  afterConv('batch normalisation after relu', [['Relu'], normalise, conv2()], { ...batchNorm, ...conv2Constants() }),
  two('residual', [{ op: 'Add', inputs: ['c', 'r'], outputs: ['s'] }, { op: 'Relu', inputs: ['s'], outputs: ['y'] }]),
  two('residual, difference', [{ op: 'Sub', inputs: ['r', 'c'], outputs: ['s'] }, { op: 'Relu', inputs: ['s'], outputs: ['y'] }]),
  two('a signal plus itself', [{ op: 'Add', inputs: ['c', 'c'], outputs: ['y'] }]),
  two('a signal minus itself, and more', [
    { op: 'Sub', inputs: ['r', 'r'], outputs: ['s'] }, { op: 'Add', inputs: ['s', 'c'], outputs: ['y'] },
  ]),
  two('a sum read twice', [
    { op: 'Add', inputs: ['c', 'r'], outputs: ['s'] }, { op: 'Relu', inputs: ['s'], outputs: ['t'] },
    { op: 'Conv', inputs: ['s', 'w2'], outputs: ['u'], attributes: { pads: [1, 1, 1, 1] } }, { op: 'Add', inputs: ['t', 'u'], outputs: ['y'] },
  ]),
  two('residual of a strided slice with padded channels', [
    { op: 'Conv', inputs: ['c', 'w3'], outputs: ['d'], attributes: { strides: [2, 2], pads: [1, 1, 1, 1] } },
    { op: 'Slice', inputs: ['r', 'starts', 'ends', 'axes', 'steps'], outputs: ['e'] },
    { op: 'Pad', inputs: ['e', 'pads'], outputs: ['f'] },
    { op: 'Add', inputs: ['d', 'f'], outputs: ['s'] }, { op: 'Relu', inputs: ['s'], outputs: ['y'] },
  ], {
    w3: tensor([8, 4, 3, 3], 0.3), starts: integers([0, 0]), ends: integers([9999, 9999]), axes: integers([2, 3]), steps: integers([2, 2]),
    pads: integers([0, 2, 0, 0, 0, 2, 0, 0]),
  }),
  two('three summands', [
    { op: 'Add', inputs: ['c', 'r'], outputs: ['s'] }, { op: 'Add', inputs: ['s', 'a'], outputs: ['t'] }, { op: 'Relu', inputs: ['t'], outputs: ['y'] },
  ]),
];

const flat = ['N', 12] as const;
const MATRICES: Case[] = [
  one('gemm: alpha, beta, transB', [
    ['Gemm', ['m', 'c'], { alpha: 0.5, beta: 2, transB: 1 }], ['Relu'],
  ], { m: tensor([6, 12]), c: tensor([6]) }, { input: flat }),
  one('gemm: one bias', [['Gemm', ['m', 'c']]], { m: tensor([12, 6]), c: tensor([1]) }, { input: flat }),
  one('matmul of one row', [['MatMul', ['m']], ['Add', ['c']], ['Relu']], { m: tensor([12, 6]), c: tensor([6]) }, { input: flat }),
  one('matmul of several rows', [['MatMul', ['m']]], { m: tensor([5, 6]) }, { input: ['N', 4, 5] }),
  one('matmul of rows in planes', [['MatMul', ['m']], ['Relu']], { m: tensor([5, 3]) }, { input: ['N', 2, 3, 5] }),
  one('matmul of one row a sample', [['MatMul', ['m']]], { m: tensor([5, 6]) }, { input: ['N', 1, 5] }),
  one('two layers', [
    ['Gemm', ['m', 'c']], ['Relu'], ['Gemm', ['m2']], ['Softmax', [], { axis: 1 }],
  ], { m: tensor([12, 9]), c: tensor([9]), m2: tensor([9, 4]) }, { input: flat }),
  afterConv('flatten, gemm', [['Relu'], ['Flatten'], ['Gemm', ['m', 'c'], { transB: 1 }]], { m: tensor([5, 4 * 56], 0.2), c: tensor([5]) }),
  afterConv('reshape, gemm', [
    ['Relu'], ['Reshape', ['shape']], ['Gemm', ['m'], { transB: 1 }],
  ], { m: tensor([5, 4 * 56], 0.2), shape: integers([-1, 4 * 56]) }),
  afterConv('flatten, scale, gemm', [
    ['Flatten'], ['Mul', ['k']], ['Gemm', ['m'], { transB: 1 }],
  ], { m: tensor([5, 4 * 56], 0.2), k: scalar(0.5) }),
  afterConv('softmax tail', [['GlobalAveragePool'], ['Flatten'], ['Softmax', [], { axis: 1 }], ['ArgMax', [], { axis: 1, keepdims: 0 }]]),
];

const slice = (name: string, axes: number[], starts: number[], ends: number[], steps: number[], then: Link[] = []): Case =>
  afterConv(`slice: ${name}`, [['Relu'], ['Slice', ['starts', 'ends', 'axes', 'steps']], ...then], {
    starts: integers(starts), ends: integers(ends), axes: integers(axes), steps: integers(steps),
  });

const WIRING: Case[] = [
  slice('rows with a step', [2], [1], [8], [3]),
  slice('backwards', [3, 2], [-1, 6], [-9999, 1], [-1, -2]),
  slice('channels', [1], [1], [3], [1]),
  slice('channels backwards', [1], [3], [0], [-1]),
  slice('ends beyond the map', [2, 3], [-100, 2], [100, 100], [1, 2]),
  slice('a batch axis left alone', [0, 2], [0, 2], [9999, 5], [1, 1]),
  two('concatenation of channels', [
    { op: 'Concat', inputs: ['c', 'r', 'x'], outputs: ['s'], attributes: { axis: 1 } },
    { op: 'Conv', inputs: ['s', 'w3'], outputs: ['y'], attributes: { pads: [1, 1, 1, 1] } },
  ], { w3: tensor([3, 11, 3, 3], 0.3) }),
  two('concatenation along height', [{ op: 'Concat', inputs: ['r', 'c'], outputs: ['y'], attributes: { axis: 2 } }]),
  two('concatenation along width, from the end', [{ op: 'Concat', inputs: ['r', 'r'], outputs: ['y'], attributes: { axis: -1 } }]),
  two('split and back', [
    { op: 'Split', inputs: ['c', 'parts'], outputs: ['p', 'q'], attributes: { axis: 1 } },
    { op: 'Relu', inputs: ['q'], outputs: ['t'] }, { op: 'Concat', inputs: ['t', 'p'], outputs: ['y'], attributes: { axis: 1 } },
  ], { parts: integers([1, 3]) }),
  two('split in halves', [
    { op: 'Split', inputs: ['r'], outputs: ['p', 'q'], attributes: { axis: 1 } }, { op: 'Add', inputs: ['p', 'q'], outputs: ['y'] },
  ]),
  two('concatenation, then transposition', [
    { op: 'Concat', inputs: ['c', 'r'], outputs: ['s'], attributes: { axis: 1 } },
    { op: 'Transpose', inputs: ['s'], outputs: ['y'], attributes: { perm: [0, 2, 3, 1] } },
  ]),
  two('a clip needed nowhere', [
    { op: 'Relu', inputs: ['r'], outputs: ['s'] }, { op: 'Add', inputs: ['s', 'r'], outputs: ['t'] }, { op: 'Add', inputs: ['t', 'c'], outputs: ['y'] },
  ]),
  two('relu after concatenation and padding', [
    { op: 'Concat', inputs: ['c', 'x'], outputs: ['s'], attributes: { axis: 1 } }, { op: 'Pad', inputs: ['c', 'around'], outputs: ['p'] },
    { op: 'Relu', inputs: ['p'], outputs: ['y'] },
  ], { around: integers([0, 0, 1, 1, 0, 0, 1, 1]) }),
  afterConv('transposition', [['Transpose', [], { perm: [0, 2, 3, 1] }]]),
  afterConv('transposition of planes', [['Relu'], ['Transpose', [], { perm: [0, 1, 3, 2] }], conv2()], conv2Constants()),
  afterConv('transposition, flatten, gemm', [
    ['Relu'], ['Transpose', [], { perm: [0, 2, 3, 1] }], ['Flatten'], ['Gemm', ['m'], { transB: 1 }],
  ], { m: tensor([5, 4 * 56], 0.2) }),
  afterConv('reshape to another map', [
    ['Relu'], ['Reshape', ['shape']], ['Conv', ['w2']],
  ], { shape: integers([0, 8, 4, 7]), w2: tensor([3, 8, 2, 2], 0.3) }),
  afterConv('squeeze and unsqueeze', [
    ['GlobalAveragePool'], ['Squeeze', ['axes']], ['Unsqueeze', ['axes']], ['Relu'],
  ], { axes: integers([2, 3]) }),
  afterConv('padding, then convolution', [
    ['Relu'], ['Pad', ['pads', 'zero']], ['Conv', ['w2']],
  ], { pads: integers([0, 0, 1, 2, 0, 0, 0, 1]), zero: scalar(0), ...conv2Constants() }),
  afterConv('negative padding', [
    ['Relu'], ['Pad', ['pads']], ['Conv', ['w2']],
  ], { pads: integers([0, 0, -1, 1, 0, 0, 0, -2]), ...conv2Constants() }),
  afterConv('padding of channels', [['Pad', ['pads']], ['Relu']], { pads: integers([0, 1, 0, 0, 0, 2, 0, 0]) }),
  afterConv('padding at the end', [['Relu'], ['Pad', ['pads']]], { pads: integers([0, 0, 1, 1, 0, 0, 1, 1]) }),
  afterConv('identities', [['Identity'], ['Dropout'], ['Relu'], ['Identity']]),
];

/** x times a function of x, as exporters write it: nodes from `a`, the convolution's output, to y. */
const gated = (name: string, gate: readonly ModelNode[], constants: Constants = {}, factor?: string): Case => ({
  name, input: image, constants: { ...convConstants(), ...constants },
  nodes: [
    { op: 'Conv', inputs: ['x', 'w', 'b'], outputs: ['a'], attributes: { pads: [1, 1, 1, 1] } }, ...gate,
    { op: 'Mul', inputs: ['a', 'g'], outputs: [factor === undefined ? 'y' : 'm'] },
    ...(factor === undefined ? [] : [{ op: 'Mul', inputs: ['m', factor], outputs: ['y'] }]),
  ],
});

const unary = (op: string, attributes: ModelNode['attributes'] = {}, more: Partial<Case> = {}): Case => afterConv(op, [[op, [], attributes]], {}, more);

/** Functions of a sum that is above 0. */
const above = (op: string): Case =>
  afterConv(`${op} of what is above 0`, [['Sigmoid'], ['Add', ['k']], [op], conv2()], { k: scalar(0.25), ...conv2Constants() });

export const FUNCTIONS: readonly Case[] = [
  afterConv('clip on both sides', [['Clip', ['lo', 'hi']]], { lo: scalar(-0.5), hi: scalar(0.75) }),
  afterConv('clip above 0', [['Clip', ['lo', 'hi']]], { lo: scalar(0.25), hi: scalar(0.75) }),
  afterConv('clip below 0', [['Clip', ['lo', 'hi']], conv2()], { lo: scalar(-0.75), hi: scalar(-0.25), ...conv2Constants() }),
  afterConv('clip, then relu', [['Clip', ['lo', 'hi']], ['Relu']], { lo: scalar(-0.5), hi: scalar(0.75) }),
  afterConv('relu twice', [['Relu'], ['Relu'], conv2()], conv2Constants()),
  one('relu of the input', [['Relu'], conv], convConstants()),
  one('tanh of the input', [['Tanh'], conv], convConstants()),
  afterConv('prelu', [['PRelu', ['slope']]], { slope: floats([4, 1, 1], [0.1, 0.5, -0.25, 2]) }),
  afterConv('prelu with one slope', [['PRelu', ['slope']]], { slope: floats([1, 1, 1], [0.2]) }),
  afterConv('leaky relu', [['LeakyRelu', [], { alpha: 0.2 }], conv2()], conv2Constants()),
  afterConv('sigmoid', [['Sigmoid'], conv2()], conv2Constants()),
  afterConv('tanh', [['Tanh'], conv2(), ['Tanh']], conv2Constants(), { loses: 0.5 }),
  afterConv('sigmoid after pooling', [['MaxPool', [], { kernel_shape: [2, 2] }], ['Sigmoid']]),
  two('residual around a function', [{ op: 'Tanh', inputs: ['c'], outputs: ['t'] }, { op: 'Add', inputs: ['t', 'r'], outputs: ['y'] }]),
  two('a function of signals laid together', [
    { op: 'Concat', inputs: ['c', 'r'], outputs: ['s'], attributes: { axis: 1 } }, { op: 'Tanh', inputs: ['s'], outputs: ['y'] },
  ]),
  unary('Abs'), unary('Elu'), unary('Erf'), unary('Exp'), unary('Gelu'), unary('Gelu', { approximate: 'tanh' }), unary('HardSigmoid', { alpha: 0.3 }),
  unary('HardSwish'), unary('Mish'), unary('Selu'), unary('Softplus'), unary('Softsign'), unary('Swish', { alpha: 1.5 }),
  above('Log'), above('Reciprocal'), above('Sqrt'),
  afterConv('negation', [['Relu'], ['Neg']]),
  afterConv('a power', [['Relu'], ['Pow', ['e']]], { e: scalar(1.5) }),
  afterConv('a relu after a function', [['Mish'], ['Relu']]),
];

export const COMPOSITES: readonly Case[] = [
  gated('x * sigmoid(x)', [{ op: 'Sigmoid', inputs: ['a'], outputs: ['g'] }]),
  gated('x / 2 * (1 + erf(x / sqrt 2))', [
    { op: 'Div', inputs: ['a', 'root'], outputs: ['d'] }, { op: 'Erf', inputs: ['d'], outputs: ['e'] }, { op: 'Add', inputs: ['e', 'one'], outputs: ['g'] },
  ], { root: scalar(Math.SQRT2), one: scalar(1), half: scalar(0.5) }, 'half'),
  gated('x * hardsigmoid(x)', [{ op: 'HardSigmoid', inputs: ['a'], outputs: ['g'], attributes: { alpha: 1 / 6, beta: 0.5 } }]),
  two('a product of two signals', [{ op: 'Mul', inputs: ['c', 'r'], outputs: ['y'] }], {}, { loses: 8 }),
  two('a product with a factor a channel', [
    { op: 'GlobalAveragePool', inputs: ['r'], outputs: ['m'] }, { op: 'HardSigmoid', inputs: ['m'], outputs: ['g'], attributes: { alpha: 1, beta: 0.25 } },
    { op: 'Mul', inputs: ['c', 'g'], outputs: ['y'] },
  ], {}, { loses: 8 }),
  two('a product that is read twice', [
    { op: 'Mul', inputs: ['c', 'r'], outputs: ['s'] }, { op: 'Relu', inputs: ['s'], outputs: ['t'] }, { op: 'Add', inputs: ['s', 't'], outputs: ['y'] },
  ], {}, { loses: 8 }),
  two('a quotient of two signals', [
    { op: 'Add', inputs: ['r', 'one'], outputs: ['s'] }, { op: 'Div', inputs: ['c', 's'], outputs: ['y'] },
  ], { one: scalar(1) }),
  two('the greatest of three', [{ op: 'Max', inputs: ['c', 'r', 'k'], outputs: ['y'] }], { k: scalar(0.25) }),
  two('the least of two', [{ op: 'Min', inputs: ['c', 'a'], outputs: ['y'] }]),
  two('a row added to all rows', [
    { op: 'ReduceMean', inputs: ['r'], outputs: ['m'], attributes: { axes: [2], keepdims: 1 } }, { op: 'Add', inputs: ['m', 'c'], outputs: ['y'] },
  ]),
  two('sum and mean of several', [
    { op: 'Sum', inputs: ['c', 'r', 'a'], outputs: ['s'] }, { op: 'Mean', inputs: ['s', 'k', 'a'], outputs: ['y'] },
  ], { k: floats([4, 1, 1], [0.5, 1, -0.5, 0.25]) }),
  afterConv('sum over channels', [['Relu'], ['ReduceSum', ['axes'], { keepdims: 1 }]], { axes: integers([1]) }),
  afterConv('a square', [['Relu'], ['Pow', ['e']], conv2()], { e: scalar(2), ...conv2Constants() }, { loses: 0.5 }),
  afterConv('local response normalisation', [['Relu'], ['LRN', [], { size: 3, alpha: 2, beta: 0.75, bias: 1 }], conv2()], conv2Constants()),
  afterConv('layer normalisation of a vector', [
    ['Relu'], ['GlobalAveragePool'], ['Flatten'], ['Gemm', ['m'], { transB: 1 }], ['LayerNormalization', ['gain', 'shift'], { axis: -1 }],
  ], { m: tensor([8, 4], 2), gain: floats([8], positive(8)), shift: tensor([8]) }),
  one('layer normalisation of rows', [
    ['MatMul', ['m']], ['LayerNormalization', ['gain'], { axis: 2, epsilon: 0.01 }], ['MatMul', ['m2']],
  ], { m: tensor([5, 6]), gain: floats([6], positive(6)), m2: tensor([6, 3]) }, { input: ['N', 4, 5], loses: 8 }),
];

const pair = (at: string, to: string, scale: string, zero: string): ModelNode[] => [
  { op: 'QuantizeLinear', inputs: [at, scale, zero], outputs: [`${to}.q`] }, { op: 'DequantizeLinear', inputs: [`${to}.q`, scale, zero], outputs: [to] },
];
const byte = (v: number): ReturnType<typeof raw> => raw('uint8', [], Uint8Array.of(v));

/** Rounded by their pairs, so that only values are compared that reform keeps up to rounding. */
export const QUANTISED: Case[] = [
  {
    name: 'quantisation pairs', input: image,
    nodes: [
      ...pair('x', 'xq', 's', 'middle'), { op: 'Conv', inputs: ['xq', 'w', 'b'], outputs: ['a'], attributes: { pads: [1, 1, 1, 1] } },
      ...pair('a', 'aq', 's', 'none'), { op: 'MaxPool', inputs: ['aq'], outputs: ['m'], attributes: { kernel_shape: [2, 2] } },
      ...pair('m', 'mq', 's', 'none'), { op: 'Conv', inputs: ['mq', 'w2'], outputs: ['c'] }, ...pair('c', 'y', 's', 'middle'),
    ],
    constants: { ...convConstants(), w2: tensor([3, 4, 2, 2], 0.3), s: scalar(1 / 64), middle: byte(128), none: byte(0) },
  },
];

export const CASES: readonly Case[] = [...CONVOLUTIONS, ...POOLS, ...SUMS, ...MATRICES, ...WIRING, ...FUNCTIONS, ...COMPOSITES];
