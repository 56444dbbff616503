/** Some ops of a network over many samples, in the calling thread. */
import type { CoreGraph, KeptCodes, Signal } from '../cores/types.js';
import { pauseFor, type Pause } from '../interrupt.js';
import type { KernelInstance } from '../kernels/instance.js';
import type { Arena } from '../kernels/memory.js';
import { Engine } from './engine.js';
import { planEngine } from './plan.js';

/** Samples of one run unless the caller says otherwise. */
const BATCH = 8;

export interface OverOptions {
  /** Kernel or variant to force, and samples of one run; results depend on neither. */
  readonly kernel?: string;
  readonly batch?: number;
  /** Called before each run. */
  readonly pause?: Pause;
}

/**
 * Codes of the signals `keep` for `samples` samples, in bytes where those do; `inputs` holds those of every signal that the graph's ops read and none of them
 * writes.
 */
export async function runOver(
  { memory, exports, relaxed }: KernelInstance, graph: CoreGraph, inputs: ReadonlyMap<number, KeptCodes>, keep: readonly number[], samples: number,
  arena: Arena, { kernel, batch: most = BATCH, pause = pauseFor(undefined) }: OverOptions = {},
): Promise<Map<number, KeptCodes>> {
  const step = Math.min(most, samples);
  const plan = planEngine(graph, memory, arena.allocate, { batch: step, keep, relaxed, ...(kernel === undefined ? {} : { kernel }) });
  const engine = new Engine(plan, memory, exports, arena.allocate(plan.arenaBytes));
  const results = new Map(keep.map((s): [number, KeptCodes] => [s, roomFor(graph.signals[s], plan.sizes[s] * samples)]));
  for (let first = 0; first < samples; first += step) {
    await pause();
    const batch = Math.min(step, samples - first);
    for (const [s, codes] of inputs) engine.load(s, codes.subarray(first * plan.sizes[s], (first + batch) * plan.sizes[s]), batch);
    engine.execute(batch);
    for (const [s, all] of results) all.set(engine.read(s, batch), first * plan.sizes[s]);
  }
  return results;
}

/** Room for so many codes of a signal. */
function roomFor({ code }: Signal, length: number): KeptCodes {
  if (code === null) return new Float32Array(length);
  return code.lo >= 0 && code.hi <= 255 ? new Uint8Array(length) : new Int16Array(length);
}
