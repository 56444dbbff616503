/** Operations of an artefact: JSON for their structure, tensors for their numbers. */
import { fail } from '../diagnostics.js';
import type { CoreOpText, ProgramText } from './artefact-schema.js';
import type { StoredTensor } from './safetensors.js';
import type { CoreConfig, CoreOp, FloatFunction, Op } from './types.js';

export interface TensorReader {
  /** The file, for diagnostics. */
  readonly place: string;
  /** The tensor of a name; refused if there is none, or if it was taken before. */
  take(name: string): StoredTensor;
}

type OpText = ProgramText['ops'][number];
type Numbers = Int8Array | Uint8Array | Int16Array | Int32Array | Float32Array;
type NumbersConstructor = new (buffer: ArrayBuffer) => Numbers;

const ARRAYS: Readonly<Record<string, NumbersConstructor>> = { I8: Int8Array, U8: Uint8Array, I16: Int16Array, I32: Int32Array, F32: Float32Array };

/** The written form of operation `index`; its numbers are appended to `tensors`. */
export function opText(op: Op, index: number, tensors: StoredTensor[]): unknown {
  if (op.kind !== 'core') return op;
  const add = (role: string, dtype: string, shape: readonly number[], data: Numbers): string => {
    const name = tensorName(index, role);
    tensors.push({ name, dtype, shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
    return name;
  };
  const { weights, preload, table, function: f } = op;
  const rows = weights.length / op.columns;
  return {
    ...op,
    weights: add('weights', ...smallest(weights, [rows, op.columns])),
    preload: preload === null ? null : add('preload', ...smallest(preload, [op.columns])),
    table: table === null ? null : add('table', ...smallest(table, [table.length], true)),
    function: f === null ? null : {
      op: f.op,
      attributes: Object.fromEntries(Object.entries(f.attributes).map(([key, v]) => [key, Number.isFinite(v) ? v : String(v)])),
      parameter: f.parameter === undefined ? null : add('parameter', 'F32', [f.parameter.length], f.parameter),
    },
  };
}

function tensorName(index: number, role: string): string {
  return `op${index}.${role}`;
}

/** The smallest element type of the format that holds the values: int8 or int16 (tables: uint8 or int16), int32 and float32 as they are. */
function smallest(
  data: Int16Array | Int32Array | Float32Array, shape: readonly number[], unsigned = false,
): [dtype: string, shape: readonly number[], data: Numbers] {
  if (data instanceof Float32Array) return ['F32', shape, data];
  if (data instanceof Int32Array) return ['I32', shape, data];
  if (unsigned) return data.every((v) => v >= 0 && v <= 255) ? ['U8', shape, Uint8Array.from(data)] : ['I16', shape, data];
  return data.every((v) => v >= -128 && v <= 127) ? ['I8', shape, Int8Array.from(data)] : ['I16', shape, data];
}

/** The operation of a written form. T500 for tensors of another name, type or shape than the operation needs. */
export function opFrom(text: OpText, index: number, reader: TensorReader): Op {
  return text.kind === 'core' ? coreOpFrom(text, index, reader) : text;
}

function coreOpFrom(text: CoreOpText, index: number, reader: TensorReader): CoreOp {
  const read = (role: string, name: string, dtypes: readonly string[], rank: number): Numbers => {
    const place = `${reader.place}, operation ${index} (${text.name})`;
    if (name !== tensorName(index, role)) fail('T500', place, `its ${role} are tensor ${name.slice(0, 100)}`, { limit: tensorName(index, role) });
    const { dtype, shape, bytes } = reader.take(name);
    if (!dtypes.includes(dtype)) fail('T500', place, `its ${role} are ${dtype}`, { limit: dtypes.join(' or ') });
    if (shape.length !== rank || shape[rank - 1] !== (role === 'table' ? shape[0] : text.columns)) {
      fail('T500', place, `its ${role} have shape [${shape.join(', ')}]`, { limit: `${rank} dimensions, the last of ${text.columns}` });
    }
    // A copy: the elements may lie unaligned in the file.
    return new ARRAYS[dtype](new Uint8Array(bytes).buffer);
  };
  const weights = read('weights', text.weights, ['I8', 'I16', 'F32'], 2);
  const float = weights instanceof Float32Array;
  const { preload, table, function: f } = text;
  const { kind, name, layer, gathers, constantRows, columns, positions, output } = text;
  return {
    kind, name, layer, gathers, constantRows, columns, positions, output,
    config: configOf(text.config),
    weights: float ? weights : new Int16Array(weights),
    preload: preload === null ? null : (read('preload', preload, [float ? 'F32' : 'I32'], 1) as Float32Array | Int32Array),
    table: table === null ? null : new Int16Array(read('table', table, ['U8', 'I16'], 1)),
    function: f === null ? null : functionOf(f, f.parameter === null ? undefined : (read('parameter', f.parameter, ['F32'], 1) as Float32Array)),
  };
}

/** Only the settings that are there. */
function configOf({ shift, gain, clamp }: CoreConfig): CoreConfig {
  return { ...(shift === undefined ? {} : { shift }), ...(gain === undefined ? {} : { gain }), ...(clamp === undefined ? {} : { clamp }) };
}

function functionOf({ op, attributes }: NonNullable<CoreOpText['function']>, parameter: Float32Array | undefined): FloatFunction {
  const numbers = Object.fromEntries(Object.entries(attributes).map(([key, v]) => [key, Number(v)]));
  return { op, attributes: numbers, ...(parameter === undefined ? {} : { parameter }) };
}
