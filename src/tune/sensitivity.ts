/** How much an error of each signal disturbs the network's output, measured on the float network without labels. */
import { readsOf, writeOf } from '../cores/ops.js';
import { stepOf, zeroOf } from '../cores/scales.js';
import type { Code, KeptCodes } from '../cores/types.js';
import { coreGraphOf, type Expansion } from '../expand/types.js';
import type { KernelInstance } from '../kernels/instance.js';
import { Arena } from '../kernels/memory.js';
import type { Edge } from '../reform/types.js';
import type { Emulate } from './workbench.js';

/**
 * By edge, mean squared error of the output for a mean squared error of 1 of the edge: the edge alone is rounded to its code (not clipped), and what
 * reads it runs again. `float`: the network on a chip without limits; `input`: its input for all samples.
 */
export async function sensitivities(
  float: Expansion, codes: ReadonlyMap<Edge, Code>, kernels: KernelInstance, emulate: Emulate, samples: number, input: KeptCodes,
): Promise<Map<Edge, number>> {
  const graph = coreGraphOf(float);
  const arena = new Arena(kernels.memory, kernels.heapBase);
  const mark = arena.mark();
  const run = async (ops: typeof graph.ops, inputs: ReadonlyMap<number, KeptCodes>, keep: readonly number[]): Promise<Map<number, KeptCodes>> => {
    const [first] = inputs.keys();
    try {
      return await emulate({ ...graph, ops, input: first }, inputs, keep, samples, arena);
    } finally {
      arena.release(mark);
    }
  };
  const all = await run(graph.ops, new Map([[graph.input, input]]), [...new Set(graph.ops.map(writeOf))]);
  all.set(graph.input, input);
  const valuesOf = (signal: number): KeptCodes => {
    const values = all.get(signal);
    if (values === undefined) throw new Error(`no values of ${graph.signals[signal].name}`);
    return values;
  };
  const golden = valuesOf(graph.output);
  const result = new Map<Edge, number>();
  for (const [edge, code] of codes) {
    const signal = float.signalOf.get(edge);
    if (signal === undefined) continue;
    const values = valuesOf(signal);
    const rounded = roundedTo(code, values);
    const error = meanSquare(values, rounded);
    if (signal === graph.output || error === 0) {
      result.set(edge, error === 0 ? 0 : 1);
      continue;
    }
    const reached = new Set([signal]);
    const ops = graph.ops.filter((op) => writeOf(op) !== signal && readsOf(op).some((s) => reached.has(s)) && reached.add(writeOf(op)));
    if (!reached.has(graph.output)) continue;
    // An op that writes a part of a reached signal runs too, whatever it reads.
    const again = graph.ops.filter((op) => ops.includes(op) || (reached.has(writeOf(op)) && writeOf(op) !== signal));
    const written = new Set(again.map(writeOf));
    const loads = [...new Set(again.flatMap(readsOf))].filter((s) => !written.has(s));
    const output = await run(again, new Map(loads.map((s): [number, KeptCodes] => [s, s === signal ? rounded : valuesOf(s)])), [graph.output]);
    result.set(edge, meanSquare(golden, output.get(graph.output) ?? golden) / error);
  }
  return result;
}

/** Values to the nearest of the code's grid, which goes on beyond the code's ends. */
function roundedTo(code: Code, values: KeptCodes): Float32Array {
  const channels = Math.max(code.step.length, code.zero.length);
  return Float32Array.from(values, (v, i) => {
    const step = stepOf(code, i % channels);
    const zero = zeroOf(code, i % channels);
    return (Math.floor(v / step + zero + 0.5) - zero) * step;
  });
}

function meanSquare(a: KeptCodes, b: KeptCodes): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum / a.length;
}
