/** Bad input as data: files, a command line, and what it must say. */
import { gzipSync } from 'node:zlib';
import { writeNpy, type NpyData } from '../../../src/data/npy.js';
import { modelBytes, type ModelParts } from '../../read/models.js';

export interface BadCase {
  readonly name: string;
  readonly args: readonly string[];
  /** Files of the case, by name; `null` is a folder. They are there before the command runs. */
  readonly files?: Readonly<Record<string, Uint8Array | string | null>>;
  /** Symbolic links: name to target. */
  readonly links?: Readonly<Record<string, string>>;
  /** Number, place and the beginning of what is wrong, as in `T100 none.onnx: the file cannot be read`: one a line that must be there. */
  readonly errors: readonly string[];
  /** Whether more lines than these may be there. */
  readonly more?: true;
  /** 1 unless the usage is wrong. */
  readonly status?: 1 | 2;
}

const relu = { op: 'Relu', inputs: ['x'], outputs: ['y'] };

/** A model of one Relu on four values, changed. */
export function onnx(parts: Partial<ModelParts> = {}): Uint8Array {
  return modelBytes({ nodes: [relu], ...parts });
}

/** The array of a file, changed in its header where that is given. */
export function npy(shape: readonly number[], data: NpyData, change: (header: string) => string = (header) => header): Uint8Array {
  const bytes = Buffer.from(writeNpy(shape, data));
  const length = bytes.readUInt16LE(8);
  const header = change(bytes.subarray(10, 10 + length).toString('latin1')).trimEnd().padEnd(length - 1);
  return Buffer.concat([bytes.subarray(0, 10), Buffer.from(`${header}\n`, 'latin1'), bytes.subarray(10 + length)]);
}

/** Elements 0, 1, 2 and so on. */
export function counting(shape: readonly number[]): Uint8Array {
  return npy(shape, Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => i));
}

/** An IDX file; `count` in its header, then `bytes` of data. */
export function idx(dimensions: readonly number[], bytes: number, type = 8): Uint8Array {
  const head = Buffer.alloc(4 + 4 * dimensions.length);
  head.set([0, 0, type, dimensions.length]);
  dimensions.forEach((size, d) => head.writeUInt32BE(size, 4 + 4 * d));
  return Buffer.concat([head, Buffer.alloc(bytes)]);
}

/** Many zeros in few bytes. */
export function bomb(head: Uint8Array, zeros: number): Uint8Array {
  return gzipSync(Buffer.concat([head, Buffer.alloc(zeros)]));
}
