/** Planted faults are found, counted and located. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { CoreGraph, Codes } from '../../src/cores/types.js';
import type { DataSet } from '../../src/data/types.js';
import { Verifier, verifyOn, type EngineRun, type Verification } from '../../src/emulate/verify.js';
import { windowGraph } from '../cores/samples.js';
import { engineCodes } from '../flow/setup.js';

const SAMPLES = 5;
const graph: CoreGraph = windowGraph();
const input = Float32Array.from({ length: SAMPLES * 32 }, (_, i) => ((i * 37) % 255) / 10);
const set: DataSet = {
  place: 'test', count: SAMPLES, sampleShape: [2, 4, 4], labels: null,
  read: (index, into, offset) => into.set(input.subarray(index * 32, (index + 1) * 32), offset),
};
let codes: readonly Codes[];

beforeAll(async () => {
  codes = await engineCodes(graph, input, SAMPLES);
});

/** The engine's codes with faults: [signal, sample, element]. */
function faulty(...faults: readonly (readonly [number, number, number])[]): Codes[] {
  const copies = codes.map((c) => c.slice());
  for (const [signal, sample, element] of faults) copies[signal]![(sample * copies[signal]!.length) / SAMPLES + element]! ^= 1;
  return copies;
}

function verified(found: readonly (Codes | undefined)[]): Verification {
  const verifier = new Verifier(graph, input);
  expect(verifier.add(found, 0, SAMPLES)).toBe(SAMPLES);
  return verifier.result();
}

describe('verification', () => {
  it('counts every code of a right engine', () => {
    const result = verified(codes);
    expect(result).toMatchObject({ samples: SAMPLES, codes: SAMPLES * (32 + 48 + 18 + 18 + 4), differing: 0, first: null });
    expect(result.signals.map(({ name, codes: n }) => [name, n])).toEqual([['image', 160], ['conv', 240], ['crop', 90], ['flat', 90], ['logits', 20]]);
  });

  it('locates the first fault in the order of execution, whichever signal has more', () => {
    // Sample 3: channel 2 of conv at (1, 2) is the second tile's; logits come later, sample 4 too.
    const at = (1 * 4 + 2) * 3 + 2;
    const found = faulty([4, 3, 0], [1, 3, at], [1, 4, 0], [4, 3, 1]);
    const result = verified(found);
    expect(result.differing).toBe(4);
    expect(result.signals.filter(({ differing }) => differing > 0)).toEqual([
      { name: 'conv', codes: 240, differing: 2 }, { name: 'logits', codes: 20, differing: 2 },
    ]);
    const expected = codes[1]![3 * 48 + at]!;
    expect(result.first).toEqual({ sample: 3, signal: 'conv', op: 'conv/c1', kind: 'core', position: [1, 2], channel: 2, expected, found: expected ^ 1 });
  });

  it('goes by operations before elements', () => {
    // Element 2 (channel 2) comes first in the signal, but the tile conv/c0 runs before conv/c1.
    expect(verified(faulty([1, 0, 2], [1, 0, 4])).first).toMatchObject({ op: 'conv/c0', position: [0, 1], channel: 1 });
  });

  it.each([
    ['the input', 0, { op: null, kind: null, signal: 'image' }],
    ['wiring', 2, { op: 'crop', kind: 'wire' }], ['reordering', 3, { op: 'flatten', kind: 'permute' }],
  ])('locates a fault of %s', (_, signal, first) => {
    expect(verified(faulty([signal, 1, 7])).first).toMatchObject({ sample: 1, ...first });
  });

  it('does not depend on the order of the parts', () => {
    const found = faulty([1, 1, 5], [4, 3, 0]);
    const part = (first: number, count: number): Codes[] => found.map((c) => c.slice((first * c.length) / SAMPLES, ((first + count) * c.length) / SAMPLES));
    const verifier = new Verifier(graph, input);
    verifier.add(part(3, 2), 3, 2);
    verifier.add(part(0, 3), 0, 3);
    expect(verifier.result()).toEqual(verified(found));
    expect(verifier.result().first).toMatchObject({ sample: 1, signal: 'conv' });
  });

  it('takes some signals of an outside model, and refuses what does not fit', () => {
    const outside = (name: string, shape: readonly number[], data: ArrayLike<number>): Verification => {
      const verifier = new Verifier(graph, input);
      verifier.addOutside(new Map([[name, { shape, data }]]), SAMPLES, () => undefined);
      return verifier.result();
    };
    const wide = Int32Array.from(codes[4]!);
    expect(outside('logits', [SAMPLES, 1, 1, 4], wide)).toMatchObject({ codes: 20, differing: 0, samples: SAMPLES });
    wide[19] = -1;
    expect(outside('logits', [SAMPLES, 1, 1, 4], wide).first).toMatchObject({ sample: 4, op: 'fc', channel: 3, found: -1 });
    expect(() => outside('logit', [SAMPLES, 1, 1, 4], wide)).toThrow(/T302 logit: no signal/);
    expect(() => outside('logits', [SAMPLES, 4], wide)).toThrow(/T302 logits: its codes have shape \[5, 4\] \(limit: \[5, 1, 1, 4\]/);
  });

  it('takes as many samples as it is told: ten of the engine, all of an outside model', async () => {
    const many = { ...set, count: 12, read: (_: number, into: Float32Array, offset: number) => set.read(0, into, offset) };
    const first = (n: number): Codes[] => codes.map((c) => Int16Array.from({ length: (n * c.length) / SAMPLES }, (_, i) => c[i % (c.length / SAMPLES)]!));
    const parts: number[] = [];
    const engine: EngineRun = ({ count }, done) => {
      for (let n = 0; n < count; n += 5) {
        parts.push(n);
        done(first(Math.min(5, count - n)), n);
      }
      return Promise.resolve();
    };
    expect(await verifyOn(graph, many, engine)).toMatchObject({ samples: 10, differing: 0 });
    expect(parts).toEqual([0, 5]);
    expect(await verifyOn(graph, many, engine, { samples: 3 })).toMatchObject({ samples: 3, differing: 0 });
    const data = first(12)[4]!;
    data[47]! ^= 1;
    const outside = new Map([['logits', { shape: [12, 1, 1, 4], data }]]);
    expect(await verifyOn(graph, many, engine, { codes: outside })).toMatchObject({ samples: 12, differing: 1, first: { sample: 11, channel: 3 } });
    expect(await verifyOn(graph, many, engine, { codes: outside, samples: 11 })).toMatchObject({ samples: 11, differing: 0 });
    await expect(verifyOn(graph, many, engine, { codes: new Map() })).rejects.toThrow(/T302 codes: there are none/);
    await expect(verifyOn(graph, many, engine, { samples: 0 })).rejects.toThrow(/T302 test: 0 samples/);
  });
});
