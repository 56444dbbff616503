/** tune: integers of every core-op, layer by layer, on the codes that the layers before really give. */
import { permutedCode, wiredCode } from '../cores/derive.js';
import { readsOf, writeOf } from '../cores/ops.js';
import type { KeptCodes } from '../cores/types.js';
import type { Calibration } from '../encode/types.js';
import type { Expansion, LayerDraft } from '../expand/types.js';
import { pauseFor, type Pause } from '../interrupt.js';
import type { KernelInstance } from '../kernels/instance.js';
import { DEFAULT_STEPS } from './steps.js';
import { tuneLayer } from './layer.js';
import { Workbench, type Emulate } from './workbench.js';

export interface TuneProgress {
  (done: number, total: number, layer: string): void;
}

export interface TuneOptions {
  readonly progress?: TuneProgress;
  /** Called now and then: the work is long, and in the calling thread. */
  readonly pause?: Pause;
  /** Names of the steps to take (steps.ts). */
  readonly steps?: readonly string[];
  /** One to force, which changes no result. */
  readonly kernel?: string;
}

/** Tunes in place. `input`: codes of the network's input for all calibration samples. */
export async function tune(
  expansion: Expansion, calibration: Calibration, kernels: KernelInstance, emulate: Emulate, samples: number, input: KeptCodes,
  { progress, pause = pauseFor(undefined), kernel, steps = DEFAULT_STEPS }: TuneOptions = {},
): Promise<void> {
  const bench = new Workbench(expansion, kernels, emulate, samples, input, pause, new Set(steps), kernel);
  const layerOf = new Map<number, LayerDraft>(expansion.layers.flatMap((l) => l.ops.map((op): [number, LayerDraft] => [op, l])));
  let done = 0;
  for (let i = 0; i < expansion.ops.length; ) {
    const layer = layerOf.get(i);
    if (layer === undefined) {
      // Several ops may write one signal: all that stand for one node run together.
      let end = i;
      for (; end < expansion.ops.length && !layerOf.has(end) && expansion.ops[end].layer === expansion.ops[i].layer; end++) deriveCode(expansion, end);
      await bench.execute(i, end);
      i = end;
      continue;
    }
    const golden = calibration.get(layer.edge);
    if (golden === undefined) throw new Error(`no golden values of ${layer.edge.name}`);
    await tuneLayer(bench, layer, golden, expansion.fixedCode.has(layer.output));
    await bench.execute(i, i + layer.ops.length);
    i += layer.ops.length;
    progress?.(++done, expansion.layers.length, layer.name);
  }
}

/** The code of a signal that an op without integers of its own makes follows from its sources, as do the segments of its copies if it has any. */
function deriveCode(expansion: Expansion, index: number): void {
  const { ops, signals, sameCode } = expansion;
  const op = ops[index];
  const output = writeOf(op);
  const source = sameCode.get(output);
  const { copies, segments } = signals[readsOf(op)[0]];
  const code = op.kind === 'wire' ? wiredCode(op, signals)
    : op.kind === 'permute' ? permutedCode(op, signals)
    : source !== undefined ? signals[source].code
    : op.kind === 'maximum' ? signals[op.gathers[0].signal].code
    : signals[output].code;
  signals[output] = { ...signals[output], code, ...(segments === undefined || signals[output].copies !== copies ? {} : { segments }) };
}
