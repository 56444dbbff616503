/** Artefacts, the arrays that go through them, and where results go. */
import { writeArtefact } from '../../../src/cores/artefact.js';
import { readSafetensors, writeSafetensors, type StoredTensor } from '../../../src/cores/safetensors.js';
import { artefactOf, floatGraph, idealGraph } from '../../cores/samples.js';
import { counting, npy, onnx, type BadCase } from './case.js';

const ideal = writeArtefact(artefactOf(idealGraph()));
const float = writeArtefact(artefactOf(floatGraph()));
const input = { 'x.npy': counting([2, 3]) };

interface Parts {
  metadata: Record<string, string>;
  tensors: StoredTensor[];
}

/** An artefact whose parts were changed, with a container that is sound. */
function tampered(change: (parts: Parts) => void, base = ideal): Uint8Array {
  const { metadata, tensors } = readSafetensors(base, 'base');
  const parts = { metadata: { ...metadata }, tensors: [...tensors] };
  change(parts);
  return writeSafetensors(parts);
}

/** One whose text has `from` replaced by `to`, in one of its metadata. */
function edited(key: string, from: string, to: string, base = ideal): Uint8Array {
  return tampered(({ metadata }) => {
    if (!metadata[key]?.includes(from)) throw new Error(`${key} does not hold ${from}`);
    metadata[key] = metadata[key].replace(from, to);
  }, base);
}

/** One whose tensor `name` has other bytes or another form. */
function withTensor(name: string, change: Partial<StoredTensor>, base = ideal): Uint8Array {
  return tampered(({ tensors }) => {
    const at = tensors.findIndex((tensor) => tensor.name === name);
    tensors[at] = { ...tensors[at]!, ...change };
  }, base);
}

/** A container by hand: whatever header, then zeros. */
function container(header: string, bytes: number, length = header.length): Uint8Array {
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(length));
  return Buffer.concat([head, Buffer.from(header), Buffer.alloc(bytes)]);
}

function bad(name: string, file: string, bytes: Uint8Array | string | null, ...errors: string[]): BadCase {
  return { name: `an artefact: ${name}`, args: ['run', file, '--input', 'x.npy', '-o', 'y.npy', '--workers', '0'],
    files: { ...input, [file]: bytes }, errors };
}

const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

export const artefacts: readonly BadCase[] = [
  { name: 'an artefact: missing', args: ['trace', 'none.trestle', '--input', 'x.npy', '-o', 'codes'], files: input,
    errors: ['T100 none.trestle: '] },
  bad('a folder', 'folder.trestle', null, 'T100 folder.trestle: this is a folder'),
  bad('empty', 'empty.trestle', '', 'T500 empty.trestle: a file of 0 bytes'),
  bad('text', 'text.trestle', 'not an artefact', 'T500 text.trestle: a header of '),
  bad('without its end', 'cut.trestle', ideal.subarray(0, -1), 'T500 cut.trestle: '),
  bad('without most of its header', 'head.trestle', ideal.subarray(0, 40), 'T500 head.trestle: a header of '),
  bad('a header of 2^60 bytes', 'giant.trestle', container('{}', 0, 2 ** 60), 'T500 giant.trestle: a header of 1152921504606846976 bytes'),
  bad('a header that is no JSON', 'json.trestle', container('{"a":', 0), 'T500 json.trestle: not valid JSON'),
  bad('a header that nests', 'deep.trestle', container(`{"a":${'['.repeat(5000)}`, 0), 'T500 deep.trestle: the JSON nests too deeply'),
  bad('a tensor twice', 'twice.trestle', container('{"a":{"dtype":"I8","shape":[1],"data_offsets":[0,1]},"a":{}}', 1),
    'T500 twice.trestle: the key "a" is there twice'),
  bad('tensors that overlap', 'overlap.trestle',
    container('{"a":{"dtype":"I8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"I8","shape":[2],"data_offsets":[1,3]}}', 3),
      'T500 overlap.trestle: tensor b begins at 1'),
  bad('a tensor beyond the end', 'beyond.trestle', container('{"a":{"dtype":"I8","shape":[9],"data_offsets":[0,9]}}', 3),
    'T500 beyond.trestle: 3 bytes of tensors'),
  bad('a tensor of another size', 'size.trestle', container('{"a":{"dtype":"I16","shape":[2],"data_offsets":[0,2]}}', 2),
    'T500 size.trestle, tensor a: 2 bytes'),
  bad('offsets backwards', 'back.trestle', container('{"a":{"dtype":"I8","shape":[1],"data_offsets":[1,0]}}', 1),
    'T500 back.trestle, tensor a: the offsets'),
  bad('another kind of container', 'weights.trestle', container('{"a":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}', 1),
    'T500 weights.trestle: this is no artefact'),
  bad('another version', 'version.trestle', edited('format', '/1', '/9'), 'T500 version.trestle: format trestle-artefact/9'),
  bad('an unknown part', 'part.trestle', tampered(({ metadata }) => (metadata.extra = '1')), 'T500 part.trestle: metadata '),
  bad('a missing part', 'missing.trestle', tampered(({ metadata }) => delete metadata.mapping), 'T500 missing.trestle: metadata '),
  bad('another chip', 'chip.trestle', edited('chip', '"greatestShift":', '"greatestShift":1'), 'T500 chip.trestle, chip: '),
  bad('a chip that was not hashed', 'hash.trestle', edited('chipSha256', 'a', 'b'),
    'T500 hash.trestle, chip: the chip description is not the one'),
  bad('a program that is no JSON', 'program.trestle', tampered(({ metadata }) => (metadata.program = '{')),
    'T500 program.trestle, program: not valid JSON'),
  bad('an unknown key', 'key.trestle', edited('program', '"hostOps":', '"extra":1,"hostOps":'),
    'T500 key.trestle, program: extra: unknown key'),
  bad('a signal that is not there', 'signal.trestle', edited('program', '"output":1,"outputShape"', '"output":7,"outputShape"'),
    'T500 signal.trestle, output: signal 7'),
  bad('a shift beyond the chip', 'shift.trestle', edited('program', '"shift":3', '"shift":99'), 'T401 shift.trestle, fc: shift is 99'),
  bad('a step of 0', 'step.trestle', edited('program', '0.125', '0'), 'T500 step.trestle, signal x: its steps'),
  bad('a signal of 2^40 elements', 'elements.trestle', edited('program', '"shape":[1,1,3]', '"shape":[1048576,1048576,3]'),
    'T500 elements.trestle, signal x: shape'),
  bad('codes beyond 16 bits', 'codes.trestle', edited('program', '"hi":31', '"hi":70000'), 'T500 codes.trestle, signal x: codes'),
  bad('an input of another size', 'input.trestle', edited('program', '"inputShape":[1,3]', '"inputShape":[1,4]'),
    'T500 input.trestle, input shape: [1, 4]'),
  bad('a signal that is read before it is written', 'cycle.trestle',
    edited('program', '"origin":[0,0],"signal":2,"stride"', '"origin":[0,0],"signal":3,"stride"', float),
    'T500 cycle.trestle, operation 2 (fc2): it reads signal y before all of it is written'),
  bad('two signals of one name', 'names.trestle', edited('program', '"name":"y"', '"name":"x"'),
    'T500 names.trestle, signal x: two signals have this name'),
  bad('a function that no host has', 'host.trestle', edited('program', '"hostOps":[]',
    '"hostOps":[{"attributes":{"axis":5},"name":"s","op":"Softmax"}]'),
    'T500 host.trestle, host functions: s (Softmax): axis 5'),
  bad('a weight beyond the chip', 'weight.trestle', withTensor('op0.weights', { bytes: Uint8Array.of(100, 1, 2, 3, 4, 5) }),
    'T401 weight.trestle, fc: weight 0 is 100'),
  bad('weights of another type', 'type.trestle', withTensor('op0.weights', { dtype: 'U8' }),
    'T500 type.trestle, operation 0 (fc): its weights are U8'),
  bad('weights of another shape', 'shape.trestle', withTensor('op0.weights', { shape: [2, 3] }),
    'T500 shape.trestle, operation 0 (fc): its weights have shape'),
  bad('a tensor that nothing uses', 'unused.trestle',
    tampered(({ tensors }) => tensors.push({ name: 'more', dtype: 'I8', shape: [1], bytes: Uint8Array.of(1) })),
    'T500 unused.trestle: nothing uses tensor more'),
  bad('a tensor that is missing', 'lost.trestle', tampered(({ tensors }) => void tensors.shift()),
    'T500 lost.trestle: there is no tensor op0.'),
  bad('a weight that is NaN', 'nan.trestle', withTensor('op0.weights', { bytes: floats(NaN, 1, 2, 3, 4, 5) }, float),
    'T401 nan.trestle, fc1: weight 0 is NaN'),
  bad('a sum that leaves 32 bits', 'sum.trestle', withTensor('op0.preload',
    { bytes: new Uint8Array(Int32Array.of(2 ** 31 - 1, 0).buffer) }), 'T401 sum.trestle, fc: the sum of column 0'),
];

/** `run` of a sound artefact with this input. */
function inputs(name: string, file: string, bytes: Uint8Array | string | null, ...errors: string[]): BadCase {
  const files = { 'ideal.trestle': ideal, [file]: bytes };
  return { name: `an input: ${name}`, args: ['run', 'ideal.trestle', '--input', file, '-o', 'y.npy', '--workers', '0'], files, errors };
}

/** A command that is sound but for its output. */
function output(name: string, command: 'run' | 'trace', path: string, error: string, files: BadCase['files'] = {}): BadCase {
  return { name: `an output: ${name}`, args: [command, 'ideal.trestle', '--input', 'x.npy', '-o', path, '--workers', '0'],
    files: { ...input, 'ideal.trestle': ideal, ...files }, errors: [error] };
}

/** An output that is refused before anything is read: the artefact and the input are missing, and nobody says so. */
function early(...given: Parameters<typeof output>): BadCase {
  const one = output(...given);
  return { ...one, args: one.args.map((arg) => (arg === 'ideal.trestle' ? 'none.trestle' : arg)), files: given[4] ?? { 'x.npy': '' } };
}

export const arrays: readonly BadCase[] = [
  { name: 'an input: missing', args: ['run', 'ideal.trestle', '--input', 'none.npy', '-o', 'y.npy'], files: { 'ideal.trestle': ideal },
    errors: ['T100 none.npy: '] },
  inputs('a folder', 'folder.npy', null, 'T100 folder.npy: this is a folder'),
  inputs('text', 'text.npy', 'one two three, one two three', 'T301 text.npy: not a NumPy array'),
  inputs('without its end', 'cut.npy', counting([2, 3]).subarray(0, -4), 'T301 cut.npy: the file has 148 bytes'),
  inputs('complex numbers', 'complex.npy', npy([2, 3], new Float32Array(6), (h) => h.replace('<f4', '<c8')),
    "T301 complex.npy: element type '<c8'"),
  inputs('NaN', 'nan.npy', npy([2, 3], Float32Array.of(0, 1, 2, NaN, 4, 5)), 'T502 nan.npy, sample 1, element 0: the value is NaN'),
  inputs('infinite', 'infinite.npy', npy([1, 3], Float32Array.of(0, 1, -Infinity)),
    'T502 infinite.npy, sample 0, element 2: the value is -Infinity'),
  inputs('of another shape', 'shape.npy', counting([2, 4]), 'T302 shape.npy: a sample has shape [4]'),
  inputs('a single number', 'scalar.npy', npy([], Float32Array.of(1)), 'T302 scalar.npy: an array without dimensions'),
  inputs('no samples', 'none0.npy', counting([0, 3]), 'T302 none0.npy: the data set is empty'),
  inputs('integers beyond 2^53', 'wide.npy', npy([1, 3], new Float64Array(3).fill(1e-300), (h) => h.replace('<f8', '<i8')),
    'T301 wide.npy, element 0: the value is '),
  early('in no folder', 'run', 'none/y.npy', 'T100 none/y.npy: there is no folder none'),
  early('a folder', 'run', 'here', 'T100 here: this is a folder', { here: null }),
  early('through a file', 'run', 'x.npy/y.npy', 'T100 x.npy/y.npy: there is no folder x.npy'),
  early('in a folder that takes no file', 'run', '/proc/y.npy', 'T100 /proc/y.npy: '),
  early('a device', 'run', '/dev/null', 'T100 /dev/null: this is no regular file'),
  output('the input', 'run', './x.npy', 'T100 ./x.npy: this is the input x.npy'),
  output('the artefact', 'run', 'ideal.trestle', 'T100 ideal.trestle: this is the input ideal.trestle'),
  early('a name of 300 letters', 'run', 'y'.repeat(300), `T100 ${'y'.repeat(300)}: it cannot be written: the name is too long`),
  early('a file for a folder', 'trace', 'x.npy', 'T100 x.npy: this is a file, not a folder'),
  early('a folder in no folder', 'trace', 'a/b', 'T100 a/b: there is no folder a'),
  early('a folder in one that takes none', 'trace', '/proc/codes', 'T100 /proc/codes: '),
  output('a folder where a signal has a folder', 'trace', 'taken', 'T100 taken: it cannot be written: y.npy is a folder',
    { taken: null, 'taken/y.npy': null }),
  { name: 'an output: a model in no folder', args: ['compile', 'relu.onnx', '--chip', 'prime', '--calibrate', 'random:0', '-o',
    'none/relu.trestle'],
    files: { 'relu.onnx': onnx() }, errors: ['T100 none/relu.trestle: there is no folder none'] },
  { name: 'an output: the model', args: ['compile', 'relu.onnx', '--chip', 'prime', '--calibrate', 'random:0', '-o', 'relu.onnx'],
    files: { 'relu.onnx': onnx() }, errors: ['T100 relu.onnx: this is the input relu.onnx'] },
  { name: 'a model that does not match', args: ['evaluate', 'ideal.trestle', '--data', 'x.yaml', '--against', 'relu.onnx', '--workers',
    '0'],
    files: { ...input, 'ideal.trestle': ideal, 'relu.onnx': onnx(), 'x.yaml': 'format: npy\nimages: x.npy\n' },
      errors: ['T501 relu.onnx: its input has shape [4]'] },
  { name: 'labels that the network does not have', args: ['evaluate', 'ideal.trestle', '--data', 'labels.yaml', '--workers', '0'],
    files: { ...input, 'ideal.trestle': ideal, 'l.npy': npy([2], Int32Array.of(1, 2)),
      'labels.yaml': 'format: npy\nimages: x.npy\nlabels: l.npy\n' },
    errors: ['T302 labels.yaml: sample 1 has label 2'] },
];
