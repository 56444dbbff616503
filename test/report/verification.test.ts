import { describe, expect, it } from 'vitest';
import { diffArtefacts } from '../../src/cores/diff.js';
import { PLAIN } from '../../src/report/colour.js';
import { exportReport } from '../../src/report/conformance.js';
import { diffReport } from '../../src/report/diff.js';
import { verifyReport } from '../../src/report/verify.js';
import { artefactOf, composedGraph, windowGraph } from '../cores/samples.js';

describe('the report of verify', () => {
  const signals = [{ name: 'conv', codes: 240, differing: 2 }, { name: 'logits', codes: 1200, differing: 0 }];

  it('is one line where all is well', () => {
    const right = { samples: 5, codes: 1440, differing: 0, signals, first: null };
    expect(verifyReport(right, 'engine', PLAIN)).toBe('engine: 1,440 codes of 2 signals on 5 samples: all as the reference has them\n');
  });

  it('says where the first difference is', () => {
    const first = { sample: 3, signal: 'conv', op: 'conv/c1', kind: 'core' as const, position: [1, 2] as const, channel: 2, expected: 17, found: 16 };
    expect(verifyReport({ samples: 5, codes: 1440, differing: 2, signals, first }, 'rtl', PLAIN)).toBe(`signal  codes  differing
────────────────────────
conv      240          2

rtl: 1,440 codes of 2 signals on 5 samples
2 differ
first: sample 3, operation conv/c1 (core)
       signal conv, position (1, 2), channel 2
       expected 17, found 16
`);
  });
});

describe('the report of an export', () => {
  it('counts the cases by arithmetic', () => {
    const tiles = [{ arithmetic: 'composed', rows: 32 }, { arithmetic: 'maximum', rows: 8 }, { arithmetic: 'composed', rows: 4 }];
    expect(exportReport({ output: 'v.json.gz', bytes: 12345, tiles })).toBe(`written: v.json.gz, 12,345 bytes
3 cases (2 composed, 1 maximum) of 44 rows
every output is the same from the engine and from the reference
`);
  });
});

describe('the report of diff', () => {
  const base = artefactOf(windowGraph());

  it('is short where nothing differs', () => {
    expect(diffReport(diffArtefacts(base, base), ['a.trestle', 'b.trestle'], PLAIN)).toBe('A  a.trestle\nB  b.trestle\n\nthe artefacts are the same\n');
  });

  it('sums up and then tells all', () => {
    const graph = windowGraph();
    const ops = graph.ops.map((op) => (op.kind === 'core' && op.name === 'fc' ? {
      ...op, weights: op.weights.map((w, i) => w + (i < 3 ? i : 0)) as Int16Array, config: { ...op.config, shift: 7 },
    } : op));
    const signals = graph.signals.map((s, i) => (i === 1 ? { ...s, code: { ...s.code!, step: [0.5, 0.25, 0.125] } } : s));
    const provenance = { ...base.provenance, seed: 4, calibration: 'calibration.yaml, inputs of a long hash' };
    const diff = diffArtefacts(base, { ...base, graph: { ...graph, ops, signals }, provenance });
    expect(diffReport(diff, ['a.trestle', 'b.trestle'], PLAIN)).toBe(`A  a.trestle
B  b.trestle

           differs in
──────────────────────────────
chip       nothing
options    2 values
structure  nothing
weights    weights of one tile
codes      one signal
           one configuration
mapping    nothing
report     nothing

options      A         B
─────────────────────────────────────────────────
seed         0         4
calibration  random:0  calibration.y… a long hash

weights of  values  differing  by up to
───────────────────────────────────────
fc              72          2         2

code of    A    B
────────────────────────────────
conv step  0.5  [0.5,0.25,0.125]

configuration of  A  B
──────────────────────
fc shift          4  7
`);
  });

  it('keeps to 80 columns whatever differs', () => {
    const text = diffReport(diffArtefacts(base, artefactOf(composedGraph())), ['a', 'b'], PLAIN);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(text).toContain('and ');
    expect(text).toMatch(/^pool {2,}B$/m);
  });
});
