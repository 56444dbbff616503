/** What an error of a signal does to the output, on networks where it can be told. */
import { describe, expect, it } from 'vitest';
import type { Code } from '../../src/cores/types.js';
import { loadChip } from '../../src/data/chips.js';
import { newKernels } from '../../src/emulate/pool.js';
import { runOver } from '../../src/emulate/over.js';
import { expand } from '../../src/expand/expand.js';
import { affine } from '../../src/reform/make.js';
import type { Edge, Reformed } from '../../src/reform/types.js';
import { sensitivities } from '../../src/tune/sensitivity.js';
import { generator } from '../kernels/setup.js';

const edge = (name: string): Edge => ({ name, shape: [2, 3, 3] });

it('is the square of the gain between the signal and the output, and 0 where nothing is rounded or read', async () => {
  const [x, a, b, dead, y] = ['x', 'a', 'b', 'dead', 'y'].map(edge) as [Edge, Edge, Edge, Edge, Edge];
  const scaled = (from: Edge, to: Edge, factor: number) => affine(to.name, from, to, new Float64Array(2).fill(factor), new Float64Array(2));
  const graph: Reformed = {
    name: 'chain', nodes: [scaled(x, a, 1), scaled(a, b, 3), scaled(a, dead, 2), scaled(b, y, -2)], input: x, output: y, host: [], inputRange: null,
    inputShape: [1, 2, 3, 3], outputShape: [1, 2, 3, 3],
  };
  const float = expand(graph, loadChip('ideal'), null, { outputCopies: 1 });
  const next = generator(5);
  const input = Float32Array.from({ length: 4 * 18 }, () => next(-1000, 1000) / 1000);
  const code: Code = { lo: 0, hi: 15, step: [0.25], zero: [8] };
  const kernels = newKernels(float.chip);
  const result = await sensitivities(float, new Map([[x, { ...code, step: [1 / 2000] }], [a, code], [b, code], [dead, code], [y, code]]), kernels,
    (cores, given, keep, n, arena) => runOver(kernels, cores, given, keep, n, arena), 4, input);
  expect(result.get(x)! < 1e3 || result.get(x) === 0).toBe(true);
  expect(result.get(a)).toBeCloseTo(36, 3);
  expect(result.get(b)).toBeCloseTo(4, 3);
  expect(result.get(y)).toBe(1);
  expect(result.has(dead)).toBe(false);
});

describe('of several samples', () => {
  it('does not depend on their order in memory', async () => {
    const [x, y] = [edge('x'), edge('y')];
    const graph: Reformed = {
      name: 'one', nodes: [affine('y', x, y, Float64Array.of(2, 2), new Float64Array(2))], input: x, output: y, host: [], inputRange: null,
      inputShape: [1, 2, 3, 3], outputShape: [1, 2, 3, 3],
    };
    const float = expand(graph, loadChip('ideal'), null, { outputCopies: 1 });
    const kernels = newKernels(float.chip);
    const input = Float32Array.from({ length: 20 * 18 }, (_, i) => (i % 7) / 10);
    const result = await sensitivities(float, new Map([[x, { lo: 0, hi: 3, step: [0.3], zero: [0] }]]), kernels,
      (cores, given, keep, n, arena) => runOver(kernels, cores, given, keep, n, arena), 20, input);
    expect(result.get(x)).toBeCloseTo(4, 3);
  });
});
