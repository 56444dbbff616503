import { describe, expect, it } from 'vitest';
import { PLAIN, styleOf } from '../../src/report/colour.js';
import { compileReport, layerTable } from '../../src/report/compile.js';
import { demoReport } from '../../src/report/demo.js';
import { evaluationReport } from '../../src/report/evaluate.js';
import { atChance, inputRange, scoredTensor } from '../../src/report/judge.js';
import { fileNames } from '../../src/report/names.js';
import { count, decibels, percent, plural, points, ratio, seconds, short } from '../../src/report/numbers.js';
import type { Graph, GraphNode, Tensor } from '../../src/graph/types.js';

const evaluation = {
  samples: 600, chip: { top1: 0.98, top5: 1 }, float: { top1: 0.985, top5: 1 }, drop: { top1: 0.005, ci95: [-0.001, 0.01] as const }, agreement: 0.99,
  logitSqnrDb: 21.5, meanSquaredError: 0.75, seconds: 0.3, samplesPerSecond: 2000, macsPerSecond: 1.066e9, workers: 2, failed: [],
  memoryBytes: 190_000_001,
};

describe('numbers', () => {
  it('are written for people', () => {
    expect([count(0), count(999), count(1000), count(1234567)]).toEqual(['0', '999', '1,000', '1,234,567']);
    expect([short(24), short(999), short(999.9), short(533_120), short(8.1e8), short(1e15)]).toEqual(['24', '999', '1.00 k', '533 k', '810 M', '1000 T']);
    expect([percent(0.98166), percent(1, 0)]).toEqual(['98.17 %', '100 %']);
    expect([points(0.0017), points(-0.0017), points(-0.000001), points(0)]).toEqual(['+0.17', '-0.17', '0.00', '0.00']);
    expect([decibels(31.46), decibels(999), decibels(null), ratio(31.46), ratio(999)]).toEqual(['31.5', 'exact', '-', '31.5 dB', 'exact']);
    expect([plural(1, 'core'), plural(2000, 'core'), plural(2, 'mismatch', 'mismatches')]).toEqual(['one core', '2,000 cores', '2 mismatches']);
    expect([seconds(0.31), seconds(45), seconds(300)]).toEqual(['0.3 s', '45 s', '5.0 min']);
  });
});

describe('the report of compile', () => {
  const layers = [
    { name: 'conv1', coreOps: 1, positions: 784, sqnrDb: 38.14, saturated: 0.0004 },
    { name: 'fc', coreOps: 3, positions: 1, sqnrDb: 4.2, saturated: 0 },
  ];
  const summary = {
    artefact: 'a.trestle', chip: 'prime', coreOps: 4, cores: 2, mats: 8, chips: 1, turns: 2, utilisation: 0.5, macsPerSample: 416_520, hostOps: ['softmax'],
    layers, functions: [], logitSqnrDb: 4.2, memoryBytes: 181e6,
  };

  it('has a row a layer and says what became of the whole', () => {
    expect(compileReport(summary, PLAIN)).toBe(`layer  core-ops  positions  SQNR dB  saturated
──────────────────────────────────────────────
conv1         1        784     38.1     0.04 %
fc            3          1      4.2     0.00 %

prime: 4 core-ops on 2 cores, each used in up to 2 turns, 8 mats, one chip,
50.0 % of the cells used
417 k multiplications a sample; output SQNR 4.2 dB
left to the host: softmax
memory to run it: 181 MB at most
written: a.trestle
`);
  });

  it('has a row for every function that is built from ReLUs', () => {
    const functions = [{ name: 'act', function: 'Tanh', chipUnits: 1234, tolerance: 0.01, meanError: 0.0021, maxError: 0.0095 }];
    expect(compileReport({ ...summary, functions }, PLAIN)).toContain(`
function  of    ReLUs  mean error  greatest  allowed
────────────────────────────────────────────────────
act       Tanh  1,234      0.21 %    0.95 %   1.00 %

prime:`);
  });

  it('marks layers that are poor', () => {
    const style = styleOf(true);
    expect(layerTable(layers, style)).toContain(style.bad('4.2'));
    expect(layerTable(layers, style)).not.toContain(style.bad('38.1'));
  });
});

describe('the report of evaluate', () => {
  it('puts the float network above the chip', () => {
    expect(evaluationReport(evaluation, 'prime', PLAIN)).toBe(`         top-1     top-5
────────────────────────
float  98.50 %  100.00 %
prime  98.00 %  100.00 %

drop in top-1: +0.50 points (95 % interval -0.10 to +1.00)
same class as the float network: 99.00 %
output SQNR: 21.5 dB; mean squared error 0.7500
600 samples in 0.3 s: 2,000 samples/s, 1.07 G multiplications/s, 2 workers
memory: 191 MB at most, and the data
`);
  });

  it('says above all that it was interrupted, and shows no accuracy of nothing', () => {
    const text = evaluationReport({ ...evaluation, interrupted: true, requested: 8000 }, 'prime', PLAIN);
    expect(text).toMatch(/^interrupted: the first 600 of 8,000 samples only\n +top-1/);
    const { seconds: time, workers, failed, memoryBytes } = evaluation;
    const nothing = {
      samples: 0, seconds: time, workers, failed, memoryBytes, samplesPerSecond: 0, macsPerSecond: 0, interrupted: true, requested: 8000,
    } as const;
    expect(evaluationReport(nothing, 'prime', PLAIN)).toBe(`interrupted: the first 0 of 8,000 samples only
0 samples in 0.3 s: 0 samples/s, 2 workers
memory: 191 MB at most, and the data
`);
  });

  it('says what could not be read', () => {
    const failed = [1, 2, 3, 4].map((sample) => ({ sample, reason: 'cut off' }));
    const text = evaluationReport({ ...evaluation, failed }, 'prime', PLAIN);
    expect(text).toContain('4 samples could not be read (not counted): 1 (cut off), 2 (cut off),\n3 (cut off), ...');
  });
});

describe('the report of the demo', () => {
  const row = { chip: 'tianji', evaluation, coreOps: 13, cores: 13, mats: 13, utilisation: 0.1137 };

  it('is one table of all chips that fits a terminal, and how to do it by hand', () => {
    const facts = { folder: 'examples/digits', parameters: 59_938, macsPerSample: 533_120, samples: 600, seconds: 2.7 };
    const text = demoReport([row, { ...row, chip: 'prime' }], facts, PLAIN);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(text).toContain('\ntianji  98.50 %  98.00 %   +0.50  99.0 %     13     13    13   11 %   2,000\n');
    expect(text).toContain('npx trestle compile examples/digits/digits.onnx');
  });
});

describe('chance', () => {
  it.each([
    [0.1, 10, 1000, true], [0.12, 10, 1000, false], [0.05, 10, 1000, true], [0.15, 10, 100, true], [0, 10, 20, false], [0.5, 2, 1000, true],
    [1, 1, 1000, false],
  ])('share %f of %i classes on %i samples: %s', (top1, classes, samples, result) => {
    expect(atChance(top1, classes, samples)).toBe(result);
  });
});

describe('names of files', () => {
  it('keep what is safe, replace what is not, and stay apart', () => {
    expect(fileNames(['relu1', 'a/b', 'a:b', 'A_B', 'pool1.max0', 'é', 'relu1'])).toEqual(['relu1', 'a_b', 'a_b~2', 'A_B~3', 'pool1.max0', '_', 'relu1~2']);
  });
});

describe('a network', () => {
  const tensor = (id: number, name: string, rest: Partial<Tensor> = {}): Tensor => ({ id, name, type: 'float32', shape: [1, 4], ...rest });
  const node = (id: number, op: string, inputs: number[], outputs: number[]): GraphNode => ({ id, name: op, op, inputs, outputs, attributes: {} });
  const graph = (nodes: GraphNode[], tensors: Tensor[], outputs: number[]): Graph => ({ name: 'g', opset: 13, tensors, nodes, inputs: [0], outputs });

  it('has the input range of its quantiser', () => {
    const tensors = [
      tensor(0, 'x'), tensor(1, 'scale', { shape: [], data: Float32Array.of(0.5) }), tensor(2, 'zero', { type: 'int8', shape: [], data: Int8Array.of(-128) }),
      tensor(3, 'q', { type: 'int8' }),
    ];
    expect(inputRange(graph([node(0, 'QuantizeLinear', [0, 1, 2], [3])], tensors, [3]))).toEqual([0, 127.5]);
    expect(inputRange(graph([node(0, 'Relu', [0], [3])], tensors, [3]))).toEqual([0, 1]);
  });

  it('is scored before the functions at its end', () => {
    const tensors = ['x', 'z', 'p', 'class'].map((name, id) => tensor(id, name));
    const g = graph([node(0, 'Relu', [0], [1]), node(1, 'Softmax', [1], [2]), node(2, 'ArgMax', [2], [3])], tensors, [3]);
    expect(scoredTensor(g, 'x').name).toBe('x');
    expect(scoredTensor(g, 'of another model').name).toBe('z');
  });
});
