/**
 * The artefact, `NAME.trestle`: a core-op network with its chip and its provenance in one file. docs/format.md describes it. The same artefact
 * gives the same bytes, and what is read has passed every check, so that it can be run without further ones.
 */
import type { z } from 'zod';
import { contradictions } from '../chip/combinations.js';
import { schemaProblems } from '../chip/document.js';
import { chipOf, chipSchema, chipTextOf } from '../chip/schema.js';
import type { Chip } from '../chip/types.js';
import { fail, throwIfErrors, TrestleError, type Diagnostic } from '../diagnostics.js';
import { programSchema, provenanceSchema, type Provenance } from './artefact-schema.js';
import { opFrom, opText, type TensorReader } from './artefact-ops.js';
import { canonicalJson, parseJson } from './json.js';
import { checkLimits } from './limits.js';
import { joined, readSafetensors, safetensorsPieces, type StoredTensor } from './safetensors.js';
import { sha256OfText } from './sha256.js';
import { checkStructure } from './structure.js';
import type { CoreGraph } from './types.js';

export type { Provenance } from './artefact-schema.js';

/** Format name and version; a reader refuses any other. */
export const ARTEFACT_FORMAT = 'trestle-artefact/1';

export interface Artefact {
  readonly graph: CoreGraph;
  readonly provenance: Provenance;
  /** Cores of the core-ops, as the mapping states it; `null` if there is none. Any JSON value. */
  readonly mapping: unknown;
  /** The report's rows, one a layer. JSON values; numbers that JSON cannot hold are read back as `null`. */
  readonly layers: readonly unknown[];
}

/** Metadata keys, all of them always present. */
const KEYS = ['format', 'chip', 'chipSha256', 'program', 'provenance', 'mapping', 'layers'] as const;

/** SHA-256 of a chip's description in canonical JSON. */
export function chipHash(chip: Chip): string {
  return sha256OfText(canonicalJson(chipTextOf(chip)));
}

/** The bytes of an artefact. What `readArtefact` would refuse is refused here (T401, T500). */
export function writeArtefact(artefact: Artefact): Uint8Array {
  return joined(artefactPieces(artefact));
}

/** The same in pieces, one after the other: a large network need not be in memory once more. */
export function artefactPieces(artefact: Artefact): readonly Uint8Array[] {
  const { graph, provenance, mapping, layers } = artefact;
  checkGraph(graph, 'the compiled network');
  const tensors: StoredTensor[] = [];
  const chip = canonicalJson(chipTextOf(graph.chip));
  const metadata: Record<(typeof KEYS)[number], string> = {
    format: ARTEFACT_FORMAT,
    chip,
    chipSha256: sha256OfText(chip),
    program: programText(graph, tensors),
    provenance: checkedText(provenanceSchema, provenance, 'provenance'),
    mapping: canonicalJson(mapping, true),
    layers: canonicalJson(layers, true),
  };
  return safetensorsPieces({ metadata, tensors });
}

/** The network without its tensors, which are put behind `tensors`. */
function programText({ inputShape, outputShape, input, output, signals, hostOps, ops }: CoreGraph, tensors: StoredTensor[]): string {
  const texts = ops.map((op, i) => opText(op, i, tensors));
  return checkedText(programSchema, { inputShape, outputShape, input, output, signals, ops: texts, hostOps }, 'program');
}

/** A value's JSON, which a reader must be able to take. */
function checkedText(schema: z.ZodType, value: unknown, key: string): string {
  const text = canonicalJson(value);
  check(schema, JSON.parse(text), key, 'the compiled network');
  return text;
}

/** Reads an artefact; `place` names the file. T500 for what is malformed, T401 for what breaks a limit of the chip that it names. */
export function readArtefact(bytes: Uint8Array, place: string): Artefact {
  const { metadata, tensors } = readSafetensors(bytes, place);
  const texts = checkMetadata(metadata, place);
  const json = (key: (typeof KEYS)[number]): unknown => parseJson(texts[key], `${place}, ${key}`, 'T500');
  const chip = readChip(json('chip'), texts, place);
  const program = check(programSchema, json('program'), 'program', place);
  const provenance = check(provenanceSchema, json('provenance'), 'provenance', place);
  const layers = json('layers');
  if (!Array.isArray(layers)) fail('T500', `${place}, layers`, 'this is no list', { limit: 'a list of layers' });
  const reader = tensorReader(tensors, place);
  const graph: CoreGraph = {
    chip, signals: program.signals, ops: program.ops.map((op, i) => opFrom(op, i, reader)), input: program.input, output: program.output,
    hostOps: program.hostOps, inputShape: program.inputShape, outputShape: program.outputShape,
  };
  reader.finish();
  checkGraph(graph, place);
  return { graph, provenance, mapping: json('mapping'), layers: layers as unknown[] };
}

function checkMetadata(metadata: Readonly<Record<string, string>>, place: string): Record<(typeof KEYS)[number], string> {
  const { format } = metadata;
  if (format === undefined) fail('T500', place, 'this is no artefact: it states no format', {
    limit: ARTEFACT_FORMAT, remedy: 'Give a file that trestle compile wrote',
  });
  if (format !== ARTEFACT_FORMAT) {
    fail('T500', place, `format ${format.slice(0, 100)}`, { limit: ARTEFACT_FORMAT, remedy: 'Compile the model anew with this version' });
  }
  const keys = Object.keys(metadata).sort().join(', ');
  if (keys !== [...KEYS].sort().join(', ')) fail('T500', place, `metadata ${keys.slice(0, 500)}`, { limit: `exactly ${KEYS.join(', ')}` });
  return metadata as Record<(typeof KEYS)[number], string>;
}

function readChip(json: unknown, texts: Readonly<Record<string, string>>, place: string): Chip {
  const text = check(chipSchema, json, 'chip', place);
  const chip = chipOf(text);
  if (chipHash(chip) !== texts.chipSha256) {
    fail('T500', `${place}, chip`, 'the chip description is not the one whose hash the file states', {
      limit: `SHA-256 ${texts.chipSha256.slice(0, 64)}`,
    });
  };
  throwIfErrors(contradictions(chip).map(({ path, message, ...extra }): Diagnostic => (
    { code: 'T202', severity: 'error', place: `${place}, chip`, message: `${path.join('.')}: ${message}`, ...extra })));
  return chip;
}

function check<S extends z.ZodType>(schema: S, value: unknown, key: string, place: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = schemaProblems(result.error.issues, value).slice(0, 20);
  throw new TrestleError(problems.map((message): Diagnostic => (
    { code: 'T500', severity: 'error', place: `${place}, ${key}`, message, limit: 'the keys and types of docs/format.md' })));
}

/** Refuses a network that is malformed, or that its chip could not run. */
function checkGraph(graph: CoreGraph, place: string): void {
  for (const find of [checkStructure, checkLimits]) throwIfErrors(find(graph).map((d) => ({ ...d, place: `${place}, ${d.place}` })));
}

/** Gives each tensor once; `finish` refuses those that nothing asked for. */
function tensorReader(tensors: readonly StoredTensor[], place: string): TensorReader & { finish(): void } {
  const left = new Map(tensors.map((t) => [t.name, t]));
  return {
    place,
    take(name) {
      const tensor = left.get(name) ?? fail('T500', place, `there is no tensor ${name}`, {
        limit: 'a tensor for each name that an operation uses',
      });
      left.delete(name);
      return tensor;
    },
    finish() {
      for (const name of left.keys()) fail('T500', place, `nothing uses tensor ${name.slice(0, 100)}`, {
        limit: 'tensors that operations use',
      });
    },
  };
}
