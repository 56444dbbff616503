/** From a network and a chip to an artefact. */
import type { Chip } from '../chip/types.js';
import type { Artefact } from '../cores/artefact.js';
import type { CoreGraph } from '../cores/types.js';
import { sha256 } from '../data/files.js';
import { packageVersion } from '../data/package.js';
import { sizeOf, type DataSet } from '../data/types.js';
import { fail, type Diagnostic } from '../diagnostics.js';
import { kernelNotes } from '../emulate/pool.js';
import { ONE_EACH, type LayerCopies } from '../expand/copies.js';
import { coreGraphOf, type FunctionReport } from '../expand/types.js';
import { graphMacs } from '../graph/macs.js';
import { checkKernelName } from '../kernels/table.js';
import { mapToCores } from '../map/map.js';
import type { Mapping, Program } from '../map/types.js';
import { compile as runStages } from '../pipeline.js';
import { DEFAULT_BUDGET, DEFAULT_SAMPLES, type Compilation, type CompileOptions, type LayerReport } from '../pipeline/compilation.js';
import { checkSeed } from '../prng.js';
import { DEFAULT_STEPS, stepsOf } from '../tune/steps.js';
import { baseName, randomInputs, type Model } from './model.js';

export interface Compiled {
  readonly artefact: Artefact;
  readonly mapping: Mapping;
  readonly layers: readonly LayerReport[];
  /** By layer, copies of its output and of its partial sums, and rows that share each weight; absent without copies inside the network. */
  readonly copies?: readonly (LayerCopies & { readonly layer: string })[];
  /** Functions that cores of their own compute, with their errors. */
  readonly functions: readonly FunctionReport[];
  /** Multiply-accumulate operations of the float network for one sample. */
  readonly macsPerSample: number;
  /** 10 log10(signal / error) on the chip's output; absent where the output has no float counterpart. */
  readonly logitSqnrDb?: number;
  /** Warnings and notes; errors are thrown. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Compiles a network for a chip. `calibration`: samples of the kind that the network will see; at most `options.samples` (512) of them are
 * taken, evenly. The same network, chip, samples and options give the same artefact whatever the workers, batch and kernel.
 */
export async function compile(model: Model, chip: Chip, calibration: DataSet, options: CompileOptions = {}): Promise<Compiled> {
  checkSeed(options.seed ?? 0);
  if (options.kernel !== undefined) checkKernelName(options.kernel);
  checkAmount(calibration, options.samples);
  const done = await runStages(model.graph, chip, calibration, options);
  const { program, layers, inputs, expansion } = done;
  if (program === undefined || layers === undefined || inputs === undefined) throw new Error('the stages are incomplete');
  const macsPerSample = graphMacs(model.graph);
  const { samples = 0 } = done;
  const artefact: Artefact = {
    graph: program.graph, mapping: program.mapping, layers,
    provenance: {
      model: { file: model.file, sha256: model.sha256 }, seed: options.seed ?? 0, samples,
      options: {
        macsPerSample, steps: stepNames(chip, options.steps), ...(options.cores === undefined ? {} : { cores: options.cores }),
        ...(options.copies === undefined ? {} : { copies: options.copies }),
        ...(options.copies === 'auto' ? { budgetCores: options.budgetCores ?? DEFAULT_BUDGET } : {}),
        ...(options.tolerance === undefined ? {} : { tolerance: options.tolerance }),
      },
      calibration: `${baseName(calibration.place)}, inputs of SHA-256 ${sha256(new Uint8Array(inputs.buffer, inputs.byteOffset, inputs.byteLength))}`,
      trestle: packageVersion(),
    },
  };
  return {
    artefact, mapping: program.mapping, layers, functions: expansion?.functions ?? [], macsPerSample, ...copiesOf(done),
    diagnostics: [...done.diagnostics, ...kernelNotes(chip, options.kernel), ...hostNotes(program.graph)],
    ...(done.logitSqnrDb === undefined ? {} : { logitSqnrDb: done.logitSqnrDb }),
  };
}

function copiesOf({ copies, expansion }: Compilation): Pick<Compiled, 'copies'> {
  if (copies === undefined || copies === null || expansion === undefined) return {};
  return {
    copies: expansion.layers.map(({ name, edge, output }) => (
      { layer: name, ...(copies.get(edge) ?? ONE_EACH), output: expansion.signals[output].copies })),
  };
}

/** The steps of tuning that were on, for the provenance; `none` where nothing is tuned. */
function stepNames(chip: Chip, steps: readonly string[] = DEFAULT_STEPS): string {
  const names = chip.weights === null ? [] : stepsOf(steps);
  return names.length === 0 ? 'none' : names.join(',');
}

/** Calibration inputs that are held at once, in values. */
const CALIBRATION_LIMIT = 2 ** 29;

function checkAmount({ place, count, sampleShape }: DataSet, samples = DEFAULT_SAMPLES): void {
  const values = Math.min(count, samples) * sizeOf(sampleShape);
  if (values <= CALIBRATION_LIMIT) return;
  fail('T402', place, `${Math.min(count, samples)} calibration samples have ${values} values`, {
    limit: `${CALIBRATION_LIMIT} values`, remedy: 'Take fewer samples',
  });
}

function hostNotes(graph: CoreGraph): Diagnostic[] {
  return graph.hostOps.map(({ name, op }) => ({
    code: 'T404', severity: 'note', place: `${name} (${op})`, message: 'the host computes this on the decoded output; no core does',
  }));
}

/** Enough to give every signal a range; fewer where a sample has many values. */
const OUTLINE_SAMPLES = 8;
const OUTLINE_VALUES = 2 ** 22;

/**
 * What each layer becomes on a chip, without calibration data: the stages up to `expand` on a few random inputs, then the mapping. Codes and
 * weights of the result mean nothing; its structure does. Throws T400 with all that the chip cannot do.
 */
export async function outline(model: Model, chip: Chip, signal?: AbortSignal): Promise<Program> {
  const size = sizeOf(model.graph.tensors[model.graph.inputs[0]].shape);
  const samples = Math.min(OUTLINE_SAMPLES, Math.ceil(OUTLINE_VALUES / size));
  const { expansion } = await runStages(model.graph, chip, randomInputs(model, 0, samples), {
    workers: 0, ...(signal === undefined ? {} : { signal }),
  }, 'expand');
  if (expansion === undefined) throw new Error('the stages are incomplete');
  return mapToCores(coreGraphOf(expansion));
}
