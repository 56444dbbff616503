/** Artefacts against other models of the chip: vectors for them, and codes from them. */
import type { Artefact } from '../cores/artefact.js';
import { readTraces } from '../data/traces.js';
import type { DataSet } from '../data/types.js';
import type { Diagnostic } from '../diagnostics.js';
import { graphVectors, type VectorOptions } from '../emulate/tile-vectors.js';
import { verifyOn, type OutsideCodes, type Verification, type VerificationOptions } from '../emulate/verify.js';
import { fileNames } from '../report/names.js';
import type { VectorFile } from '../vectors.js';
import { checkInput, poolOptions, type EmulationOptions } from './options.js';
import { trace, tracedCodes } from './run.js';
import { stream, valuesDataSet, type Values } from './values.js';

/**
 * Vectors (docs/chips.md, section 9) of an artefact's tiles and native maxima on rows that they see with these inputs, for RTL test benches. Outputs come
 * from the slow reference, and every one is compared with the engine (T506). `diagnostics`: warnings (T601) that name what the form cannot hold.
 */
export async function exportVectors(
  artefact: Artefact, input: Values, options: EmulationOptions & VectorOptions = {},
): Promise<{ readonly vectors: VectorFile; readonly diagnostics: readonly Diagnostic[] }> {
  const { graph } = artefact;
  return graphVectors(graph, tracedCodes(graph, await trace(artefact, input, options)), options);
}

/** Codes of a folder as `trace` writes it, or of some of its files, by name of the signal: for `verify`. Throws T100, T301. */
export function readTrace({ graph }: Artefact, folder: string): Map<string, OutsideCodes> {
  const names = graph.signals.map(({ name }) => name);
  return readTraces(folder, new Map(fileNames(names).map((file, i) => [file, names[i]])));
}

/**
 * Compares the engine's codes of every signal with those of the slow reference, which shares no code with the engine but the encoding of the input, and
 * locates the first that differs. With `options.codes` those of another model take the engine's place. Refuses (T505) chips of floats.
 */
export async function verify(
  artefact: Artefact, data: DataSet | Values, options: EmulationOptions & VerificationOptions = {},
): Promise<Verification> {
  const { graph } = artefact;
  const set = 'read' in data ? data : valuesDataSet(graph, data);
  checkInput(graph, set);
  const signals = [...graph.signals.keys()];
  return verifyOn(graph, set, (part, done) => (
    // The reference works in this thread: between samples an interruption can arrive.
    stream({ chip: graph, keep: 'all', ...poolOptions(options) }, part, { signals }, ({ codes }, first) => done(codes, first), 1)), options);
}
