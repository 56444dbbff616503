import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeNpy } from '../../src/data/npy.js';
import { readTraces } from '../../src/data/traces.js';

const folder = mkdtempSync(join(tmpdir(), 'trestle-traces-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a folder of traces', () => {
  beforeAll(() => {
    mkdirSync(join(folder, 'accumulators.npy'));
    writeFileSync(join(folder, 'notes.txt'), 'none of it');
    writeFileSync(join(folder, 'a_b.npy'), writeNpy([1, 2], Int16Array.of(3, 4)));
    writeFileSync(join(folder, 'stray.npy'), writeNpy([1], Int32Array.of(5)));
  });

  it('gives arrays by signal, strays by their own name, and no folders', () => {
    const traces = readTraces(folder, new Map([['a_b', 'a/b'], ['c', 'c']]));
    expect([...traces.keys()]).toEqual(['a/b', 'stray']);
    expect(traces.get('a/b')).toMatchObject({ shape: [1, 2], place: join(folder, 'a_b.npy'), data: Int16Array.of(3, 4) });
  });

  it('is refused where it is none', () => {
    expect(() => readTraces(join(folder, 'none'), new Map())).toThrow(/T100 .*no such file or folder/);
    writeFileSync(join(folder, 'x.npy'), 'no array');
    expect(() => readTraces(folder, new Map())).toThrow(/T301/);
  });
});
