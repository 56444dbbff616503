/** Models. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { floats, integers, model, type ModelNode } from '../../read/models.js';
import { encodeModel, type Part, type TensorProto } from '../../../src/read/onnx-schema.js';
import { digits } from '../trestle.js';
import { onnx, type BadCase } from './case.js';

const relu: ModelNode = { op: 'Relu', inputs: ['x'], outputs: ['y'] };
const add: ModelNode = { op: 'Add', inputs: ['x', 'w'], outputs: ['y'] };

/** `inspect` of one model. */
function inspect(name: string, file: string, bytes: Uint8Array | string | null, ...errors: string[]): BadCase {
  return { name, args: ['inspect', file], files: { [file]: bytes }, errors };
}

/** A model with one constant `w` that is added. */
function constant(name: string, file: string, w: Part<TensorProto>, error: string): BadCase {
  return inspect(name, file, onnx({ constants: { w }, nodes: [add] }), error);
}

function external(name: string, file: string, location: string, error: string, more: Partial<BadCase> = {}, entries: Record<string,
  string> = {}): BadCase {
  const externalData = Object.entries({ location, ...entries }).map(([key, value]) => ({ key, value }));
  const files = { [file]: onnx({ constants: { w: { dims: [4n], dataType: 1, dataLocation: 1, externalData } }, nodes: [add] }) };
  return { name, args: ['inspect', file], errors: [error], ...more, files: { ...files, ...more.files } };
}

/** A Relu of inputs of these names, of the element type of that number (1: float32). */
function withInputs(names: readonly string[], elemType = 1): Uint8Array {
  const made = model({ nodes: [relu] });
  const dim = [{ value: { case: 'dimValue' as const, value: 1n } }, { value: { case: 'dimValue' as const, value: 4n } }];
  const type = { value: { case: 'tensorType' as const, value: { elemType, shape: { dim } } } };
  return encodeModel({ ...made, graph: { ...made.graph, input: names.map((name) => ({ name, type })) } });
}

const compile = (file: string, chip: string): string[] => ['compile', file, '--chip', chip, '--calibrate', 'random:0', '--samples', '2',
  '--workers', '0'];

export const models: readonly BadCase[] = [
  { name: 'missing', args: ['inspect', 'none.onnx'], errors: ['T100 none.onnx: the file cannot be read: there is no such file'] },
  { name: 'missing, to compile', args: compile('none.onnx', 'prime'), errors: ['T100 none.onnx: '] },
  { name: 'without a name', args: ['inspect', ''], errors: ['T100 (no name): '] },
  inspect('a folder', 'folder.onnx', null, 'T100 folder.onnx: this is a folder'),
  inspect('empty', 'empty.onnx', '', 'T101 empty.onnx: the file holds no graph'),
  inspect('text', 'text.onnx', 'not a model', 'T101 text.onnx: the file cannot be decoded'),
  inspect('cut off', 'cut.onnx', readFileSync(join(digits, 'digits.onnx')).subarray(0, 5000), 'T101 cut.onnx: the file cannot be decoded'),
  inspect('NIR', 'net.nir', '', 'T101 net.nir: NIR files are not supported yet'),
  inspect('an unknown operator', 'operator.onnx', onnx({ nodes: [{ ...relu, op: 'Frobnicate' }] }),
    'T102 y (Frobnicate): operator Frobnicate'),
  inspect('an operator of another domain', 'domain.onnx', onnx({ nodes: [{ ...relu, domain: 'com.example' }] }),
    'T102 y (com.example.Relu): '),
  inspect('an unknown attribute', 'attribute.onnx', onnx({ nodes: [{ ...relu, attributes: { slope: 1 } }] }),
    'T103 y (Relu): attribute "slope"'),
  inspect('an attribute that is NaN', 'alpha.onnx', onnx({ nodes: [{ ...relu, op: 'LeakyRelu', attributes: { alpha: NaN } }] }),
    'T103 y (LeakyRelu): attribute "alpha" is not a number'),
  inspect('three faults at once', 'three.onnx', onnx({
    constants: { w: floats([4], [1, Infinity, 2, 3]) },
    nodes: [{ ...relu, op: 'Nope', outputs: ['a'] }, { ...relu, attributes: { slope: 1 }, outputs: ['b'] }, add],
  }), 'T102 a (Nope): ', 'T103 b (Relu): ', 'T105 three.onnx: tensor "w": element 1 is Infinity'),
  inspect('a cycle', 'cyclic.onnx',
    onnx({ nodes: [{ op: 'Add', inputs: ['x', 'b'], outputs: ['a'] }, { ...relu, inputs: ['a'], outputs: ['b'] }] }),
    'T101 cyclic.onnx: nodes form a cycle: a, b'),
  inspect('a name twice', 'twice.onnx', onnx({ nodes: [relu, relu] }), 'T101 twice.onnx: tensor "y" is defined twice'),
  inspect('an operand that nothing makes', 'undefined.onnx', onnx({ nodes: [{ ...relu, inputs: ['z'] }] }), 'T101 y (Relu): operand "z"'),
  inspect('an operand too few', 'operands.onnx', onnx({ nodes: [{ ...add, inputs: ['x'] }] }), 'T101 y (Add): 1 operands'),
  inspect('no output', 'silent.onnx', onnx({ outputs: [] }), 'T101 silent.onnx: the graph has no output'),
  inspect('an output that nothing makes', 'output.onnx', onnx({ outputs: ['z'] }), 'T101 output.onnx: output "z" is not defined'),
  inspect('an output that is constant', 'still.onnx', onnx({ constants: { w: floats([1], [1]) }, outputs: ['w'] }),
    'T101 still.onnx: output "w" does not depend on the input'),
  inspect('two inputs', 'inputs.onnx', withInputs(['x', 'x2']), 'T103 inputs.onnx: the model has 2 inputs (x, x2)'),
  inspect('no input', 'deaf.onnx', withInputs([]), 'T103 deaf.onnx: the model has 0 inputs', 'T101 y (Relu): operand "x" is not defined'),
  inspect('an old operator set', 'old.onnx', onnx({ opset: 6 }), 'T107 old.onnx: operator set 6'),
  inspect('a free size', 'free.onnx', onnx({ input: ['N', 'height'] }), 'T104 free.onnx: input "x": dimension 1 is "height"'),
  inspect('a fixed batch', 'batch.onnx', onnx({ input: [4, 4] }), 'T104 batch.onnx: input "x": the first dimension is 4'),
  inspect('a size of 0', 'zero.onnx', onnx({ input: ['N', 0] }), 'T104 zero.onnx: input "x": dimension 1 is 0'),
  inspect('33 dimensions', 'rank.onnx', onnx({ input: new Array<number>(33).fill(1) }),
    'T104 rank.onnx: input "x": a tensor of 33 dimensions'),
  inspect('an input of texts', 'texts.onnx', withInputs(['x'], 8), 'T103 texts.onnx: input "x": element type 8'),
  inspect('16,385 nodes', 'nodes.onnx', onnx({ nodes: Array.from({ length: 16385 }, (_, i) => ({ ...relu, outputs: [`y${i}`] })) }),
    'T101 nodes.onnx: 16385 nodes'),
  inspect('shapes that do not fit', 'shapes.onnx',
    onnx({ constants: { w: floats([3, 2], [1, 2, 3, 4, 5, 6]) }, nodes: [{ ...add, op: 'MatMul' }] }),
    'T104 y (MatMul): inner sizes 4 and 3'),
  inspect('a tensor beyond memory', 'giant.onnx', onnx({
    input: ['N', 1, 1], constants: { w: integers([0, 0, 0, 0, 1e6, 1e6]) }, nodes: [{ ...add, op: 'Pad' }],
  }), 'T104 y (Pad): a tensor [1, 1000001, 1000001] has 4000008000004 bytes'),
  inspect('constants beyond memory', 'folded.onnx', onnx({
    constants: { c: floats([1, 1], [1]), p: integers([0, 0, 15, 16_000_000]) },
    nodes: [{ op: 'Pad', inputs: ['c', 'p'], outputs: ['w'] }, add],
  }), 'T104 folded.onnx: constants of 1024000064 bytes are computed'),
  constant('weights that are NaN', 'nan.onnx', floats([4], [1, NaN, 2, 3]), 'T105 nan.onnx: tensor "w": element 1 is NaN'),
  constant('weights that are infinite', 'infinite.onnx', floats([4], [1, 2, 3, -Infinity]),
    'T105 infinite.onnx: tensor "w": element 3 is -Infinity'),
  constant('too few values', 'few.onnx', floats([4], [1, 2, 3]), 'T105 few.onnx: tensor "w": 3 values for 4 elements'),
  constant('too few bytes', 'bytes.onnx', { dims: [4n], dataType: 1, rawData: new Uint8Array(15) },
    'T105 bytes.onnx: tensor "w": 15 bytes'),
  constant('a negative size', 'negative.onnx', { dims: [-4n], dataType: 1, floatData: [] },
    'T105 negative.onnx: tensor "w": dimensions [-4]'),
  constant('2^60 elements', 'huge.onnx', { dims: [2n ** 30n, 2n ** 30n], dataType: 1, floatData: [1] },
    'T105 huge.onnx: tensor "w": 1152921504606847000 elements'),
  constant('texts for weights', 'strings.onnx', { dims: [1n], dataType: 8 }, 'T103 strings.onnx: tensor "w": element type 8'),
  external('external data above the folder', 'above.onnx', '../secret.bin',
    'T106 above.onnx: tensor "w": external data at "../secret.bin"'),
  external('external data at an absolute path', 'absolute.onnx', '/etc/hostname',
    'T106 absolute.onnx: tensor "w": external data at "/etc/hostname"'),
  external('external data through a link', 'link.onnx', 'link.bin', 'T106 "link.bin": external data outside',
    { links: { 'link.bin': '/etc/hosts' } }),
  external('external data through a linked folder', 'linked.onnx', 'etc/hosts', 'T106 "etc/hosts": external data outside',
    { links: { etc: '/etc' } }),
  external('external data that is missing', 'lost.onnx', 'lost.bin', 'T106 lost.bin: external data cannot be read'),
  external('external data that is a folder', 'within.onnx', 'within.bin', 'T106 within.bin: this is a folder',
    { files: { 'within.bin': null } }),
  external('external data that is too short', 'short.onnx', 'short.bin', 'T106 short.bin: external data of 16 bytes at 0',
    { files: { 'short.bin': new Uint8Array(15) } }),
  external('external data at an offset beyond its end', 'offset.onnx', 'w.bin', 'T106 w.bin: external data of 16 bytes at 9000000000',
    { files: { 'w.bin': new Uint8Array(16) } }, { offset: '9000000000' }),
  external('external data at no offset', 'where.onnx', 'v.bin', 'T106 where.onnx: tensor "w": external data with offset or length "here"',
    { files: { 'v.bin': new Uint8Array(16) } }, { offset: 'here' }),
  { name: 'operations that no core has', args: compile('softmax.onnx', 'prime'),
    files: { 'softmax.onnx': onnx({ nodes: [{ ...relu, op: 'Softmax', outputs: ['s'] }, { ...relu, inputs: ['s'] }] }) },
    errors: ['T400 s (Softmax): no chip has a form of this operator'] },
  { name: 'nothing to do', args: compile('identity.onnx', 'prime'),
    files: { 'identity.onnx': onnx({ nodes: [{ ...relu, op: 'Identity' }] }) }, errors: ['T400 test: '] },
  { name: 'codes for a chip of spikes', args: compile('spikes.onnx', 'tianji-snn'), files: { 'spikes.onnx': onnx() },
    errors: ['T400 chip tianji-snn: '] },
  { name: 'a negative variance', args: compile('variance.onnx', 'prime'), files: { 'variance.onnx': onnx({
    input: ['N', 1, 2, 2], constants: { s: floats([1], [1]), v: floats([1], [-1]) },
    nodes: [{ op: 'BatchNormalization', inputs: ['x', 's', 's', 's', 'v'], outputs: ['y'] }],
  }) }, errors: ['T103 y (BatchNormalization): variance 0 is -1'] },
];
