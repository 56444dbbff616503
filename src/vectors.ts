/**
 * Vector files (spec/chips.md, section 9): reading, checking of their form, and writing. What the values may be is the arithmetic's business.
 */
import { gunzipSync, gzipSync } from 'fflate';
import { z } from 'zod';
import { schemaProblems } from './chip/document.js';
import { parseJson } from './cores/json.js';
import { fail, throwIfErrors, TrestleError, type Diagnostic } from './diagnostics.js';

/** Greatest size of a vector file, unpacked. */
const GREATEST_BYTES = 512 * 2 ** 20;
/** Gzip makes nothing smaller than this, so that a small file cannot ask for much memory. */
const GREATEST_RATIO = 1032;
/** A file that is wrong throughout says so often enough. */
const MOST_FINDINGS = 100;

const isInteger = (v: unknown): v is number => Number.isInteger(v) && Math.abs(v as number) <= 2 ** 31 && v !== 2 ** 31;
const isVector = (v: unknown): v is number[] => Array.isArray(v) && v.length > 0 && v.every(isInteger);
const isMatrix = (v: unknown): v is number[][] => Array.isArray(v) && v.length > 0 && v.every((row) => (
  isVector(row) && row.length === (v[0] as number[]).length
));

// Checked by hand: a schema of nested arrays takes seconds on millions of integers.
const vector = z.custom<number[]>(isVector, 'not a list of 32-bit integers');
const matrix = z.custom<number[][]>(isMatrix, 'not rows of equally many 32-bit integers');
const integer = z.custom<number>(isInteger, 'not a 32-bit integer');
const natural = z.number().int().min(0).max(64);
const name = z.string();

const parameters = z.strictObject({
  inputBits: natural.optional(),
  phaseBits: natural.min(1).optional(),
  weightBits: natural.optional(),
  cellBits: natural.min(1).optional(),
  converterBits: natural.optional(),
  shift: natural.optional(),
  outputBits: natural.optional(),
  polarity: z.enum(['subtract', 'separate']).optional(),
});

const windowCase = z.strictObject({
  name, arithmetic: z.literal('window'), inputSigned: z.boolean(), windowSigned: z.boolean(), windowShift: integer, lut: vector, x: matrix,
  w: matrix, bias: vector, y: matrix,
});
const composedCase = z.strictObject({
  name, arithmetic: z.literal('composed'), gain: integer, parameters: parameters.optional(), table: vector.nullable().optional(), x: matrix,
  w: matrix, y: matrix,
});
const spikingCase = z.strictObject({
  name, arithmetic: z.literal('spiking'), reset: z.enum(['zero', 'subtract']), vFloor: integer.nullable(), v0: vector.nullable().optional(),
  leak: vector, threshold: vector, spikes: matrix, w: matrix, y: matrix, v: vector,
});
const radixCase = z.strictObject({
  name, arithmetic: z.literal('radix'), bits: natural, windowShift: integer, bias: vector, spikes: matrix, w: matrix, y: vector,
});
const idealCase = z.strictObject({
  name, arithmetic: z.literal('ideal'), windowShift: integer, lo: integer, hi: integer, bias: vector, x: matrix, w: matrix, y: matrix,
});
const maximumCase = z.strictObject({ name, arithmetic: z.literal('maximum'), x: matrix, y: matrix });

const vectorCase = z.discriminatedUnion('arithmetic', [windowCase, composedCase, spikingCase, radixCase, idealCase, maximumCase]);
const file = z.strictObject({ format: z.literal('core-op-vectors/1'), cases: z.array(vectorCase) });

export type WindowCase = z.infer<typeof windowCase>;
export type ComposedCase = z.infer<typeof composedCase>;
export type SpikingCase = z.infer<typeof spikingCase>;
export type RadixCase = z.infer<typeof radixCase>;
export type IdealCase = z.infer<typeof idealCase>;
export type MaximumCase = z.infer<typeof maximumCase>;
export type VectorCase = z.infer<typeof vectorCase>;
export type VectorFile = z.infer<typeof file>;

/**
 * Reads a vector file, gzip or plain JSON. Refuses with T600 whatever is malformed, all at once: every operand is present, integer, and of a
 * fitting shape. `place` names the file.
 */
export function readVectors(bytes: Uint8Array, place = 'vectors'): VectorFile {
  const value = parse(unpack(bytes, place), place);
  const parsed = file.safeParse(value);
  if (!parsed.success) {
    const problems = schemaProblems(parsed.error.issues, value).slice(0, MOST_FINDINGS);
    throw new TrestleError(problems.map((message) => finding(place, message)));
  }
  const { cases } = parsed.data;
  const names = new Set<string>();
  const found: Diagnostic[] = cases.length === 0 ? [finding(place, 'there are no cases', 'at least one')] : [];
  for (const one of cases) {
    const at = `${place}, ${one.name}`;
    if (names.has(one.name)) found.push(finding(at, 'two cases have this name', 'a name for each'));
    names.add(one.name);
    checkShapes(one, (what, number, wanted) => {
      if (number !== wanted) found.push(finding(at, `${what} is ${number}`, `${wanted}, as the other operands have it`));
    });
  }
  throwIfErrors(found.slice(0, MOST_FINDINGS));
  return parsed.data;
}

function finding(place: string, message: string, limit?: string): Diagnostic {
  return { code: 'T600', severity: 'error', place, message, ...(limit === undefined ? {} : { limit }) };
}

function unpack(bytes: Uint8Array, place: string): Uint8Array {
  const packed = bytes.length >= 18 && bytes[0] === 0x1f && bytes[1] === 0x8b;
  // The last four bytes state the size, and no more than that is unpacked.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = packed ? view.getUint32(bytes.length - 4, true) : bytes.length;
  const limit = packed ? Math.min(GREATEST_BYTES, bytes.length * GREATEST_RATIO) : GREATEST_BYTES;
  if (size > limit) fail('T600', place, packed ? `gzip that states ${size} bytes` : `${size} bytes`, { limit: `${limit} bytes` });
  if (!packed) return bytes;
  let unpacked: Uint8Array;
  try {
    unpacked = gunzipSync(bytes);
  } catch (error) {
    return fail('T600', place, `damaged gzip: ${error instanceof Error ? error.message : String(error)}`, { limit: 'whole gzip data' });
  }
  // fflate does not look at the checksum, and a flipped digit would pass for a mismatch.
  if (crc32(unpacked) !== view.getUint32(bytes.length - 8, true)) {
    fail('T600', place, 'damaged gzip: the checksum does not fit', { limit: 'whole gzip data' });
  }
  return unpacked;
}

/** CRC-32 of RFC 1952. */
function crc32(bytes: Uint8Array): number {
  const table = Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c;
  });
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function parse(bytes: Uint8Array, place: string): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return fail('T600', place, 'the file is not UTF-8 text', { limit: 'text in UTF-8' });
  }
  return parseJson(text, place, 'T600');
}

/** Reports a size that is not the one that it should be. */
type Same = (what: string, found: number, wanted: number) => void;

/** The bytes of a vector file, a line a case; gzip if `packed`. The same cases give the same bytes. Refuses (T601) what `readVectors` would not unpack. */
export function writeVectors({ format, cases }: VectorFile, packed: boolean): Uint8Array {
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  let size = 0;
  const add = (text: string): void => {
    const bytes = encoder.encode(text);
    size += bytes.length;
    if (size > GREATEST_BYTES) {
      fail('T601', 'vectors', `more than ${GREATEST_BYTES} bytes`, { limit: `${GREATEST_BYTES} bytes`, remedy: 'Take fewer rows, or some of the layers only' });
    }
    parts.push(bytes);
  };
  add(`{"format":${JSON.stringify(format)},"cases":[`);
  cases.forEach((c, i) => add(`${i === 0 ? '' : ','}\n${JSON.stringify(c)}`));
  add('\n]}\n');
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  // No time of writing: it would make every file another one.
  return packed ? gzipSync(whole, { mtime: 0 }) : whole;
}

/** Operands whose sizes do not go together. */
function checkShapes(c: VectorCase, same: Same): void {
  const width = (m: readonly (readonly number[])[]): number => m[0]?.length ?? 0;
  if (c.arithmetic === 'maximum') {
    same('number of input columns', width(c.x), 4 * width(c.y));
    same('number of output rows', c.y.length, c.x.length);
    return;
  }
  const columns = width(c.w);
  const inputs = 'x' in c ? c.x : c.spikes;
  same('number of input columns', width(inputs), c.w.length);
  if (c.arithmetic === 'radix') {
    same('number of planes', inputs.length, c.bits);
    same('number of outputs', c.y.length, columns);
  } else {
    same('number of output rows', c.y.length, inputs.length);
    same('number of output columns', width(c.y), columns);
  }
  if (c.arithmetic === 'spiking') checkSpiking(c, columns, same);
  else if (c.arithmetic !== 'composed') same('length of bias', c.bias.length, columns);
}

function checkSpiking(c: SpikingCase, columns: number, same: Same): void {
  same('length of leak', c.leak.length, columns);
  same('length of threshold', c.threshold.length, columns);
  same('length of v', c.v.length, columns);
  if (c.v0) same('length of v0', c.v0.length, columns);
}
