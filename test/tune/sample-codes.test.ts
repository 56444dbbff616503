/** Codes in parts: every sample is found in its part, and a part that is dropped is gone alone. */
import { describe, expect, it } from 'vitest';
import { SampleCodes } from '../../src/tune/sample-codes.js';

const SIZE = 3;
const codesOf = (samples: number): Int16Array => Int16Array.from({ length: samples * SIZE }, (_, i) => i);

describe.each([1, 63, 64, 65, 200])('codes of %i samples', (samples) => {
  const kept = (): SampleCodes => {
    const codes = new SampleCodes(samples);
    codes.keep(5, codesOf(samples));
    return codes;
  };

  it('are found around every sample', () => {
    const codes = kept();
    for (let n = 0; n < samples; n++) {
      const [around, before] = codes.around(5, n);
      expect([...around.subarray(before * SIZE, (before + 1) * SIZE)]).toEqual([n * SIZE, n * SIZE + 1, n * SIZE + 2]);
    }
  });

  it('fill their parts without a gap', () => {
    const codes = kept();
    const parts = Array.from({ length: codes.parts }, (_, p) => codes.part(5, p));
    expect(parts.map(({ length }, p) => length === codes.samplesOf(p) * SIZE)).not.toContain(false);
    expect(parts.flatMap((part) => [...part])).toEqual([...codesOf(samples)]);
  });

  it('are dropped part by part', () => {
    const codes = kept();
    codes.keepPart(6, codes.parts - 1, new Uint8Array(2));
    for (let p = 0; p < codes.parts; p++) {
      expect(codes.signals).toContain(5);
      codes.drop(5, p);
      expect(() => codes.part(5, p)).toThrow('no codes of signal 5 any more');
      if (p + 1 < codes.parts) expect(codes.part(5, p + 1)).toHaveLength(codes.samplesOf(p + 1) * SIZE);
    }
    expect(codes.signals).toEqual([6]);
    codes.drop(7, 0);
    expect(codes.part(6, codes.parts - 1)).toHaveLength(2);
  });
});
