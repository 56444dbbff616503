/** Some ops of a network over many samples, in the calling thread. */
import type { Codes, CoreGraph } from '../cores/types.js';
import type { KernelInstance } from '../kernels/instance.js';
import type { Arena } from '../kernels/memory.js';
import { Engine } from './engine.js';
import { planEngine } from './plan.js';

/** Samples of one run. */
const BATCH = 8;

/** Codes of the signals `keep` for `samples` samples; `inputs` holds those of every signal that the graph's ops read and none of them writes. */
export function runOver(
  { memory, exports }: KernelInstance, graph: CoreGraph, inputs: ReadonlyMap<number, Codes>, keep: readonly number[], samples: number, arena: Arena,
): Map<number, Codes> {
  const plan = planEngine(graph, memory, arena.allocate, { batch: BATCH, keep });
  const engine = new Engine(plan, memory, exports, arena.allocate(plan.arenaBytes));
  const results = new Map(keep.map((s): [number, Int16Array] => [s, new Int16Array(plan.sizes[s] * samples)]));
  for (let first = 0; first < samples; first += BATCH) {
    const batch = Math.min(BATCH, samples - first);
    for (const [s, codes] of inputs) engine.load(s, codes.subarray(first * plan.sizes[s], (first + batch) * plan.sizes[s]), batch);
    engine.execute(batch);
    for (const [s, all] of results) all.set(engine.read(s, batch), first * plan.sizes[s]);
  }
  return results;
}
