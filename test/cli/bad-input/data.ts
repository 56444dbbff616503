/** Data cards, the files they name, and chips. */
import { printChip } from '../../../src/chip/chip.js';
import { loadChip } from '../../../src/data/chips.js';
import { bomb, counting, idx, npy, onnx, type BadCase } from './case.js';

type Files = NonNullable<BadCase['files']>;

/** `compile` with a data card of this text. */
function card(name: string, file: string, text: string | Uint8Array | null, errors: readonly string[], files: Files = {}): BadCase {
  const args = ['compile', 'relu.onnx', '--chip', 'prime', '--calibrate', file, '--samples', '4', '--workers', '0'];
  return { name: `a data card: ${name}`, args, files: { 'relu.onnx': onnx(), [file]: text, ...files }, errors };
}

const images = 'preprocess: {channels: gray, mean: [0], scale: [1]}\n';
const pixels = { 'pixels.idx': idx([3, 2, 2], 12) };

/** A card of NumPy arrays; the array is `NAME.npy`. */
function array(name: string, file: string, bytes: Uint8Array | string, error: string, labels?: Uint8Array): BadCase {
  const text = `format: npy\nimages: ${file}.npy\n${labels === undefined ? '' : `labels: ${file}-labels.npy\n`}`;
  const place = error.startsWith('T') ? error : `T301 ${file}.npy${error}`;
  return card(name, `${file}.yaml`, text, [place], { [`${file}.npy`]: bytes,
    ...(labels === undefined ? {} : { [`${file}-labels.npy`]: labels }) });
}

function idxCard(name: string, file: string, bytes: Uint8Array | string, error: string): BadCase {
  return card(name, `${file}.yaml`, `format: idx\nimages: ${file}.idx\n${images}`,
    [error.startsWith('T') ? error : `T301 ${file}.idx: ${error}`], { [`${file}.idx`]: bytes });
}

function cifar(name: string, file: string, bytes: Uint8Array, error: string): BadCase {
  const text = `format: cifar10\nimages: ${file}.bin\npreprocess: {channels: rgb, mean: [0, 0, 0], scale: [1, 1, 1]}\n`;
  return card(name, `${file}.yaml`, text, [`T301 ${file}.bin${error}`], { [`${file}.bin`]: bytes });
}

const ints = (...values: number[]): Uint8Array => npy([values.length], Int32Array.from(values));

export const data: readonly BadCase[] = [
  { name: 'a data card: missing', args: ['compile', 'relu.onnx', '--chip', 'prime', '--calibrate', 'none.yaml'],
    files: { 'relu.onnx': onnx() },
    errors: ['T100 none.yaml: the file cannot be read'] },
  card('a folder', 'folder.yaml', null, ['T100 folder.yaml: this is a folder']),
  card('empty', 'empty-card.yaml', '', ['T300 empty-card.yaml']),
  card('bytes that are no text', 'bytes.yaml', Uint8Array.of(0xff, 0xfe, 0x00), ['T100 bytes.yaml: the file is not UTF-8 text']),
  card('more than 1 MiB', 'long.yaml', '#'.repeat(2 ** 20 + 1), ['T100 long.yaml: the file has 1048577 bytes']),
  card('no YAML', 'broken.yaml', 'format: [npy\n', ['T300 broken.yaml:2:1: not valid YAML']),
  card('a key twice', 'key-twice.yaml', 'format: npy\nformat: npy\nimages: x.npy\n', ['T300 key-twice.yaml:2:1: not valid YAML']),
  card('aliases', 'alias.yaml', 'format: &a npy\nimages: *a\n', ['T300 alias.yaml: not valid YAML']),
  card('brackets without end', 'deep.yaml', '['.repeat(5000), ['T300 deep.yaml:1: brackets nest too deeply']),
  card('an unknown format', 'format.yaml', 'format: jpeg\nimages: x\n', ['T300 format.yaml:1:1: format: ']),
  card('an unknown key and a missing one at once', 'keys.yaml', 'format: npy\ncolour: red\n',
    ['T300 keys.yaml:2:1: colour: unknown key', 'T300 keys.yaml:1:1: images: ']),
  card('numbers that are none', 'mean.yaml', 'format: idx\nimages: pixels.idx\npreprocess: {channels: gray, mean: [.nan], scale: [a]}\n',
    ['T300 mean.yaml:3:37: preprocess.mean[0]: ', 'T300 mean.yaml:3:52: preprocess.scale[0]: '], pixels),
  card('numbers beyond float32', 'scale.yaml',
    'format: idx\nimages: pixels.idx\npreprocess: {channels: gray, mean: [0], scale: [1.0e300]}\n',
    ['T300 scale.yaml:3:49: preprocess.scale[0]: '], pixels),
  card('two means for one channel', 'means.yaml',
    'format: idx\nimages: pixels.idx\npreprocess: {channels: gray, mean: [0, 1], scale: [1]}\n',
    ['T300 means.yaml:3:30: preprocess.mean: 2 values for 1 channels'], pixels),
  card('colours of grey images', 'colours.yaml',
    'format: idx\nimages: pixels.idx\npreprocess: {channels: rgb, mean: [0, 0, 0], scale: [1, 1, 1]}\n',
    ['T300 colours.yaml:3:14: preprocess.channels: '], pixels),
  card('resizing', 'resize.yaml', `format: idx\nimages: pixels.idx\n${images.replace('{', '{geometry: [{resizeShort: 4}], ')}`,
    ['T300 resize.yaml:3:14: preprocess.geometry: images of format idx are not resized or cropped'], pixels),
  card('a list of images with bad lines', 'list.yaml', `format: image-list\nroot: .\nlabels: l.csv\n${images}`,
    ['T301 l.csv:2: the label is "x"', 'T301 l.csv:3: the file is "../a.png"'], { 'l.csv': 'file,label\na.png,x\n../a.png,1\n' }),
  card('a list without an image that can be read', 'lost-images.yaml', `format: image-list\nroot: .\nlabels: l.csv\n${images}`,
    ['T303 a.png: the image cannot be read'], { 'l.csv': 'file,label\na.png,1\n' }),
  card('a list of what is no image', 'text-images.yaml', `format: image-list\nroot: .\nlabels: l.csv\n${images}`,
    ['T303 a.png: this is neither a JPEG nor a PNG'], { 'l.csv': 'file,label\na.png,1\n', 'a.png': 'text' }),
  card('images that are missing', 'lost.yaml', 'format: npy\nimages: lost.npy\n', ['T100 lost.npy: the file cannot be read']),
  idxCard('no IDX file', 'magic', 'IDX?'.repeat(8), 'not an IDX file'),
  idxCard('an IDX file of floats', 'floats', idx([3, 2, 2], 48, 13), 'IDX element type 0xd'),
  idxCard('an IDX file of two dimensions', 'flat', idx([3, 4], 12), 'an IDX file of 2 dimensions'),
  idxCard('an IDX file without its end', 'idx-cut', idx([3, 2, 2], 11), 'the file has 27 bytes'),
  idxCard('an IDX file with too much', 'idx-more', idx([3, 2, 2], 13), 'the file has 29 bytes'),
  idxCard('an IDX file of 2^96 bytes', 'idx-huge', idx([0xffffffff, 0xffffffff, 0xffffffff], 0),
    'shape 4294967295 x 4294967295 x 4294967295'),
  idxCard('an IDX file of 5 GB', 'idx-large', idx([5000, 1000, 1000], 0), '5000000016 bytes of data'),
  idxCard('an IDX header without its end', 'idx-head', idx([3, 2, 2], 0).subarray(0, 9), 'the file ends in its header'),
  idxCard('broken gzip', 'idx-gzip', bomb(idx([3, 2, 2], 12), 0).subarray(0, 30), 'broken gzip data'),
  idxCard('a gzip bomb', 'idx-bomb', bomb(idx([3, 2, 2], 12), 2 ** 24), 'more data than the header states'),
  idxCard('no images', 'idx-none', idx([0, 2, 2], 0), 'T302 idx-none.yaml: '),
  card('too few labels', 'labels.yaml', `format: idx\nimages: pixels.idx\nlabels: two.idx\n${images}`,
    ['T301 two.idx: 2 labels for 3 images'], { ...pixels, 'two.idx': idx([2], 2) }),
  cifar('CIFAR-10 without its end', 'cifar-cut', new Uint8Array(3072), ': the file has 3072 bytes'),
  cifar('CIFAR-10 of nothing', 'cifar-none', new Uint8Array(0), ': the file has 0 bytes'),
  cifar('CIFAR-10 with label 11', 'cifar-label', Uint8Array.from({ length: 3073 }, (_, i) => (i === 0 ? 11 : 0)),
    ', record 0: the label is 11'),
  array('no NumPy array', 'no-array', 'PK\x03\x04 and so on, for a while', ': not a NumPy array'),
  array('an array without its end', 'array-cut', counting([2, 4]).subarray(0, -4), ': the file has 156 bytes'),
  array('an array with too much', 'array-more', Buffer.concat([counting([2, 4]), Buffer.alloc(1)]), ': the file has 161 bytes'),
  array('an array in Fortran order', 'fortran', npy([2, 4], new Float32Array(8), (h) => h.replace('False', 'True ')),
    ': the array is in Fortran order'),
  array('an array of objects', 'objects', npy([2, 4], new Float32Array(8), (h) => h.replace('<f4', '|O')), ": element type '|O'"),
  array('an array of negative size', 'array-negative', npy([2, 4], new Float32Array(8), (h) => h.replace('(2', '(-2')),
    ': malformed NumPy header'),
  array('an array of 10^30 elements', 'array-huge', npy([2, 4], new Float32Array(8), (h) => h.replace('(2, 4)', `(1${'0'.repeat(30)},)`)),
    ': shape (1e+30)'),
  array('an array of nothing', 'array-none', counting([0, 4]), 'T302 array-none.yaml: the data set is empty'),
  array('samples of another shape', 'array-shape', counting([2, 5]), 'T302 array-shape.yaml: a sample has shape [5]'),
  array('an array that is NaN', 'array-nan', npy([2, 4], Float32Array.of(0, 1, 2, 3, 4, NaN, 6, 7)),
    ', sample 1, element 1: the value is NaN'),
  array('an array beyond float32', 'array-wide', npy([1, 4], Float64Array.of(0, 1, 1e300, 3)),
    ', sample 0, element 2: the value is Infinity'),
  array('an array in a gzip bomb', 'array-bomb', bomb(counting([2, 4]), 2 ** 24), ': more data than the header states'),
  array('labels that are too few', 'labels-few', counting([2, 4]), 'T301 labels-few-labels.npy: labels of shape (1) for 2 samples',
    ints(1)),
  array('a negative label', 'labels-negative', counting([2, 4]), 'T301 labels-negative-labels.npy, element 1: the label is -1',
    ints(0, -1)),
  array('a label that is no number of a class', 'labels-half', counting([2, 4]),
    'T301 labels-half-labels.npy, element 1: the label is 0.5', npy([2], Float32Array.of(0, 0.5))),
];

/** `inspect` with a chip's description, changed. */
function chip(name: string, file: string, text: string | Uint8Array | null, ...errors: string[]): BadCase {
  return { name: `a chip: ${name}`, args: ['inspect', 'relu.onnx', '--chip', file], files: { 'relu.onnx': onnx(), [file]: text }, errors };
}

const tianji = printChip(loadChip('tianji'));
/** Line and text of a key's first occurrence. */
const lineOf = (text: string, key: string): number => text.slice(0, text.indexOf(key)).split('\n').length;
const change = (from: string, to: string): string => {
  if (!tianji.includes(from)) throw new Error(`no ${from} in the chip`);
  return tianji.replace(from, to);
};

export const chips: readonly BadCase[] = [
  { name: 'a chip: unknown', args: ['chips', 'nochip'], errors: ['T200 nochip: no built-in chip, and no file'] },
  { name: 'a chip: unknown, to compile', args: ['compile', 'relu.onnx', '--chip', 'nochip', '--calibrate', 'random:0'],
    files: { 'relu.onnx': onnx() },
    errors: ['T200 nochip: '] },
  chip('a folder', 'chip-folder.yaml', null, 'T200 chip-folder.yaml: '),
  chip('empty', 'chip-empty.yaml', '', 'T201 chip-empty.yaml'),
  chip('no YAML', 'chip-broken.yaml', 'name: {', 'T201 chip-broken.yaml:1:8: not valid YAML'),
  { ...chip('a data card', 'chip-card.yaml', 'format: npy\nimages: x.npy\n', 'T201 chip-card.yaml:1:1: format: unknown key',
    'T201 chip-card.yaml:1:1: name: '),
    more: true },
  chip('an unknown key', 'chip-key.yaml', `${tianji}colour: red\n`,
    `T201 chip-key.yaml:${tianji.split('\n').length}:1: colour: unknown key`),
  chip('a missing key', 'chip-missing.yaml', change('  rows: 256\n', ''),
    `T201 chip-missing.yaml:${lineOf(tianji, 'core:')}:1: core.rows: `),
  chip('no rows', 'chip-rows.yaml', change('rows: 256', 'rows: 0'), `T201 chip-rows.yaml:${lineOf(tianji, 'rows:')}:3: core.rows: `),
  chip('rows that are no number', 'chip-word.yaml', change('rows: 256', 'rows: many'),
    `T201 chip-word.yaml:${lineOf(tianji, 'rows:')}:3: core.rows: `),
  chip('weights beyond 16 bits', 'chip-weights.yaml', change('[-128, 127]', '[-40000, 127]'), 'T201 chip-weights.yaml:'),
  chip('a range upside down', 'chip-range.yaml', change('[-128, 127]', '[127, -128]'), 'T201 chip-range.yaml:'),
  chip('a name that is none', 'chip-name.yaml', change('name: tianji', 'name: "../x"'), 'T201 chip-name.yaml:1:1: name: '),
  chip('an unknown arithmetic', 'chip-kind.yaml', change('kind: window', 'kind: magic'),
    `T201 chip-kind.yaml:${lineOf(tianji, 'kind:')}:3: arithmetic.kind: `),
  chip('two faults at once', 'chip-two.yaml', change('rows: 256', 'rows: 0').replace('columns: 256', 'columns: -1'),
    `T201 chip-two.yaml:${lineOf(tianji, 'rows:')}:3: core.rows: `, `T201 chip-two.yaml:${lineOf(tianji, 'columns:')}:3: core.columns: `),
  chip('a window wider than the accumulator', 'window.yaml', change('accumulatorBits: 24', 'accumulatorBits: 6'),
    `T202 window.yaml:${lineOf(tianji, 'windowBits:')}:3: arithmetic.windowBits: a window of 8 bits`),
  chip('a function twice', 'chip-functions.yaml', change('nonLinearities: [table]', 'nonLinearities: [table, table]'),
    'T202 chip-functions.yaml:'),
];
