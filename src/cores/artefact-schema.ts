/** JSON of an artefact (docs/format.md): strict, so that nothing unknown is ignored. What numbers mean together is checked in structure.ts and limits.ts. */
import { z } from 'zod';
import { ONE, ZERO } from './ops.js';

const index = z.int().min(0).max(2 ** 31 - 1);
const name = z.string().max(65536);
const pair = z.tuple([z.int(), z.int()]);
/** Most pairs of most gathers are these two, which then take no memory of their own. */
const mostlyOne = pair.transform((p): readonly [number, number] => (p[0] === 1 && p[1] === 1 ? ONE : p));
// -0 is written as such, and stays so.
const mostlyZero = pair.transform((p): readonly [number, number] => (Object.is(p[0], 0) && Object.is(p[1], 0) ? ZERO : p));
const triple = z.tuple([z.int(), z.int(), z.int()]);
const shape = z.array(z.int().min(1)).min(1).max(8);
/** A float32 or float64 value; JSON has no infinities. */
const extended = z.union([z.number(), z.literal('Infinity'), z.literal('-Infinity')]);

const code = z.strictObject({
  lo: z.int(),
  hi: z.int(),
  step: z.array(z.number()).min(1),
  zero: z.array(z.int()).min(1),
});

const signal = z.strictObject({
  name,
  shape: triple,
  code: code.nullable(),
  golden: name.nullable(),
  copies: z.int(),
  segments: z.int().optional(),
  digits: z.int().optional(),
});

const gather = z.strictObject({
  signal: index,
  channels: pair,
  kernel: mostlyOne,
  stride: mostlyOne,
  dilation: mostlyOne,
  origin: mostlyZero,
  fill: z.number().nullable(),
});

const destination = z.strictObject({ signal: index, channel: index, origin: pair });

const coreOp = z.strictObject({
  kind: z.literal('core'),
  name,
  layer: name,
  gathers: z.array(gather),
  constantRows: index,
  columns: index,
  positions: pair,
  config: z.strictObject({ shift: z.int().optional(), gain: z.int().optional(), clamp: pair.optional() }),
  weights: name,
  preload: name.nullable(),
  table: name.nullable(),
  function: z.strictObject({ op: name, attributes: z.record(z.string(), extended), parameter: name.nullable() }).nullable(),
  output: destination,
});

const maximumOp = z.strictObject({
  kind: z.literal('maximum'), name, layer: name, gathers: z.array(gather), positions: pair, output: destination,
});

const wireOp = z.strictObject({
  kind: z.literal('wire'), name, layer: name,
  pieces: z.array(z.strictObject({ signal: index, from: triple, step: triple, size: triple, to: triple })),
  output: index,
});

const permuteOp = z.strictObject({
  kind: z.literal('permute'), name, layer: name, signal: index, view: z.array(z.int()).min(1), axes: z.array(z.int()).min(1), output: index,
});

const hostOp = z.strictObject({ name, op: z.enum(['Softmax', 'ArgMax', 'Sigmoid']), attributes: z.record(z.string(), z.number()) });

export const programSchema = z.strictObject({
  inputShape: shape,
  outputShape: shape,
  input: index,
  output: index,
  signals: z.array(signal).min(1),
  ops: z.array(z.discriminatedUnion('kind', [coreOp, maximumOp, wireOp, permuteOp])),
  hostOps: z.array(hostOp),
});

export type ProgramText = z.output<typeof programSchema>;
export type CoreOpText = z.output<typeof coreOp>;

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in lower-case hexadecimal');

export const provenanceSchema = z.strictObject({
  model: z.strictObject({ file: z.string().min(1).max(4096).regex(/^[^/\\]*$/, 'expected a file name without folders'), sha256: hash }),
  seed: z.int().min(0),
  samples: z.int().min(0),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  calibration: z.string().max(65536),
  trestle: z.string().max(100),
});

/** Where an artefact comes from. */
export type Provenance = z.output<typeof provenanceSchema>;
