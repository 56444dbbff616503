import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ARTEFACT_FORMAT, chipHash, readArtefact, writeArtefact } from '../../src/cores/artefact.js';
import { canonicalJson } from '../../src/cores/json.js';
import { readSafetensors, writeSafetensors, type Container } from '../../src/cores/safetensors.js';
import { sha256OfText } from '../../src/cores/sha256.js';
import { TrestleError } from '../../src/diagnostics.js';
import { artefactOf, composedGraph, floatGraph, GRAPHS, windowGraph } from './samples.js';

function problem(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof TrestleError) return error.message;
    throw error;
  }
  return 'no problem';
}

/** The file with its container changed. */
function edited(bytes: Uint8Array, edit: (c: { metadata: Record<string, string>; tensors: Container['tensors'] }) => Partial<Container>): Uint8Array {
  const { metadata, tensors } = readSafetensors(bytes, 'x');
  return writeSafetensors({ metadata, tensors, ...edit({ metadata: { ...metadata }, tensors }) });
}

/** The file with text replaced in one of its metadata. */
function replaced(bytes: Uint8Array, key: string, from: string, to: string): Uint8Array {
  return edited(bytes, ({ metadata }) => {
    expect(metadata[key]).toContain(from);
    return { metadata: { ...metadata, [key]: metadata[key].replace(from, to) } };
  });
}

describe('artefacts', () => {
  it.each(Object.keys(GRAPHS) as (keyof typeof GRAPHS)[])('of %s arithmetic come back as they were, byte for byte', (kind) => {
    const artefact = artefactOf(GRAPHS[kind]());
    const bytes = writeArtefact(artefact);
    const back = readArtefact(bytes, 'a.trestle');
    expect(back).toEqual(artefact);
    expect(writeArtefact(back)).toEqual(bytes);
    expect(writeArtefact(artefactOf(GRAPHS[kind]()))).toEqual(bytes);
    expect(readArtefact(new Uint8Array([0, ...bytes]).subarray(1), 'a.trestle')).toEqual(artefact);
  });

  it('do not depend on the order of keys', () => {
    const artefact = artefactOf(windowGraph());
    const turned = { ...artefact, mapping: { cores: 1, assignments: [{ turn: 0, core: 0, op: 'fc' }] } };
    expect(writeArtefact(turned)).toEqual(writeArtefact(artefact));
  });

  it('keep the sign of zero and infinite bounds', () => {
    const [op] = readArtefact(writeArtefact(artefactOf(floatGraph())), 'x').graph.ops;
    if (op.kind !== 'core') throw new Error('not a core-op');
    expect(Object.is(op.weights[4], -0)).toBe(true);
    expect(Object.is(op.function?.attributes.lo, -0)).toBe(true);
    expect(op.function?.attributes.hi).toBe(Number.POSITIVE_INFINITY);
  });

  it('hold numbers in the smallest type that takes them', () => {
    const { tensors } = readSafetensors(writeArtefact(artefactOf(windowGraph())), 'x');
    expect(tensors.map((t) => `${t.name} ${t.dtype} ${t.shape.join('x')}`)).toEqual([
      'op0.preload I32 2', 'op4.preload I32 4', 'op0.weights I8 18x2', 'op1.weights I8 18x1', 'op1.table U8 256', 'op4.weights I8 18x4',
    ]);
    const wide = readSafetensors(writeArtefact(artefactOf(composedGraph())), 'x').tensors;
    expect(wide.map((t) => t.dtype)).toEqual(['I16']);
  });

  it('state the chip whole, and its hash', () => {
    const { metadata } = readSafetensors(writeArtefact(artefactOf(windowGraph())), 'x');
    expect(metadata.format).toBe(ARTEFACT_FORMAT);
    expect(createHash('sha256').update(metadata.chip).digest('hex')).toBe(metadata.chipSha256);
    expect(metadata.chipSha256).toBe(chipHash(windowGraph().chip));
  });

  const file = writeArtefact(artefactOf(windowGraph()));
  it.each([
    ['another format', () => replaced(file, 'format', '/1', '/2'), /T500 .*format trestle-artefact\/2/],
    ['another container', () => edited(file, () => ({ metadata: {} })), /T500 .*no artefact/],
    ['missing metadata', () => edited(file, ({ metadata }) => ({ metadata: Object.fromEntries(Object.entries(metadata).slice(1)) })), /T500 .*metadata/],
    ['another chip than the hash', () => replaced(file, 'chip', '"rows":256', '"rows":512'), /T500 .*hash/],
    ['an unknown key', () => replaced(file, 'program', '"golden":"image"', '"golden":"image","bits":8'), /T500 .*signals\[0\].bits: unknown key/],
    ['a key twice', () => replaced(file, 'program', '"golden":"image"', '"golden":"image","golden":"image"'), /T500 .*twice/],
    ['a wrong type', () => replaced(file, 'program', '"copies":2', '"copies":"2"'), /T500 .*copies/],
    ['a signal that is not there', () => replaced(file, 'program', '"output":4', '"output":9'), /T500 .*signal 9/],
    ['a tensor that is not there', () => edited(file, ({ tensors }) => ({ tensors: tensors.slice(1) })), /T500 .*no tensor op0.preload/],
    ['a tensor too many', () => edited(file, ({ tensors }) => (
      { tensors: [...tensors, { name: 'more', dtype: 'U8', shape: [1], bytes: Uint8Array.of(1) }] })), /T500 .*nothing uses tensor more/],
    ['a tensor of another type', () => edited(file, ({ tensors }) => (
      { tensors: tensors.map((t) => (t.name === 'op1.table' ? { ...t, dtype: 'I8' } : t)) })), /T500 .*table are I8/],
    ['a tensor used for another', () => replaced(file, 'program', '"weights":"op1.weights"', '"weights":"op0.weights"'), /T500 .*op0.weights/],
    ['no JSON', () => replaced(file, 'mapping', '{', '{{'), /T500/],
    ['a folder in the model\'s name', () => replaced(file, 'provenance', 'm.onnx', '../m.onnx'), /T500 .*model.file/],
    ['a shift out of range', () => replaced(file, 'program', '"shift":4', '"shift":17'), /T401 .*shift is 17/],
  ])('are refused with %s', (_, bytes, expected) => {
    expect(problem(() => readArtefact(bytes(), 'a.trestle'))).toMatch(expected);
  });

  it('are not written if they could not be read', () => {
    const graph = windowGraph();
    expect(problem(() => writeArtefact(artefactOf({ ...graph, output: 99 })))).toMatch(/T500 the compiled network, output/);
    const artefact = artefactOf(graph);
    expect(problem(() => writeArtefact({ ...artefact, provenance: { ...artefact.provenance, seed: -1 } }))).toMatch(/T500 .*seed/);
  });

  it('are refused, never worse, when bytes change', () => {
    const files = Object.values(GRAPHS).map((graph) => writeArtefact(artefactOf(graph())));
    const change = fc.tuple(fc.nat(1 << 20), fc.oneof(fc.nat(255), fc.constantFrom(...'0123456789-"{}[],:enul'.split('').map((c) => c.charCodeAt(0)))));
    fc.assert(fc.property(fc.nat(files.length - 1), fc.array(change, { minLength: 1, maxLength: 3 }), fc.boolean(), (which, changes, cut) => {
      const bytes = files[which].slice();
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      problem(() => readArtefact(cut ? bytes.subarray(0, changes[0][0] % bytes.length) : bytes, 'x'));
    }), { seed: 1, numRuns: 1500 });
  });

  it('are refused, never worse, when numbers of the program change', () => {
    const files = Object.values(GRAPHS).map((graph) => writeArtefact(artefactOf(graph())));
    const numbers = fc.constantFrom(
      '0', '-1', '1', '2', '7', '255', '256', '32768', '65536', '1e9', '2147483647', '4294967296', '1e300', '0.5', 'null', '[]', '"x"');
    fc.assert(fc.property(fc.nat(files.length - 1), fc.nat(10_000), numbers, (which, at, number) => {
      const bytes = edited(files[which], ({ metadata }) => {
        const places = [...metadata.program.matchAll(/(?<=[:[,])-?\d[\d.e+-]*/g)];
        const { index, 0: old } = places[at % places.length];
        return { metadata: { ...metadata, program: metadata.program.slice(0, index) + number + metadata.program.slice(index + old.length) } };
      });
      problem(() => readArtefact(bytes, 'x'));
    }), { seed: 1, numRuns: 1000 });
  });
});

describe('hashes', () => {
  it('are those of FIPS 180-4', () => {
    expect(sha256OfText('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => {
      expect(sha256OfText(text)).toBe(createHash('sha256').update(new TextEncoder().encode(text)).digest('hex'));
    }), { seed: 1, numRuns: 100 });
  });
});

describe('canonical JSON', () => {
  it('is the same for the same value, and reads back', () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(JSON.parse(text))).toBe(text);
    }), { seed: 1, numRuns: 100 });
    expect(canonicalJson({ b: [1, -0, 0.1], a: undefined, c: 'x' })).toBe('{"b":[1,-0,0.1],"c":"x"}');
    expect(() => canonicalJson([Number.NaN])).toThrow(RangeError);
    expect(canonicalJson([Number.NaN, Number.POSITIVE_INFINITY], true)).toBe('[null,null]');
  });
});
