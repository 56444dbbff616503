/** Where tuning tries things: calibration codes of all signals made so far, sampled rows of them, and the chip's real arithmetic on both. */
import { integerTile, linearStage, type LinearStage, type RealTile, type RoundedWeights, type TileBias } from '../cores/realise.js';
import { fillCodes, gatheredRows, tileScales } from '../cores/scales.js';
import type { CoreConfig, CoreGraph, CoreOp, Gather, KeptCodes } from '../cores/types.js';
import { readsOf, writeOf } from '../cores/ops.js';
import type { EdgeSamples } from '../encode/types.js';
import { coreGraphOf, type Expansion } from '../expand/types.js';
import type { Pause } from '../interrupt.js';
import type { KernelInstance } from '../kernels/instance.js';
import { Arena } from '../kernels/memory.js';
import { hasPartials, partialsOf } from '../kernels/partials.js';
import { pickKernel } from '../kernels/table.js';
import type { TileSpec } from '../kernels/types.js';
import { SampleCodes } from './sample-codes.js';

/**
 * Runs the ops of `graph` over `samples` samples on the chip's arithmetic: codes of the signals that no op writes go in by `inputs`, codes of `keep` come
 * out. May use the arena while it runs. Tuning is handed the emulator, for it stands before it on the road.
 */
export type Emulate = (
  graph: CoreGraph, inputs: ReadonlyMap<number, KeptCodes>, keep: readonly number[], samples: number, arena: Arena,
) => Promise<Map<number, KeptCodes>>;

/** Rows that a tile sees at sampled positions, in WASM memory. */
export interface Rows {
  readonly address: number;
  readonly pitch: number;
  readonly count: number;
}

/** What a tile has beside its integers. */
export interface TileSettings {
  /** The last of its rows, whose input is always the greatest code. */
  readonly constantRows: number;
  readonly config: CoreConfig;
  readonly table: Int16Array | null;
}

/** Integers of a tile as the kernels take them. */
export interface TileIntegers extends TileSettings {
  /** All of them. */
  readonly rows: number;
  readonly columns: number;
  readonly weights: Int16Array;
  readonly preload: Int32Array | null;
}

export class Workbench {
  readonly stage: LinearStage;
  readonly arena: Arena;
  /** Codes of signals for all calibration samples; dropped after their last reader. */
  private readonly codes: SampleCodes;
  private readonly lastReader: Int32Array;

  constructor(
    readonly expansion: Expansion, private readonly kernels: KernelInstance, private readonly emulate: Emulate, readonly samples: number, input: KeptCodes,
    readonly pause: Pause,
    /** Names of the steps that are on (steps.ts). */
    readonly steps: ReadonlySet<string>, private readonly forced?: string,
  ) {
    const stage = linearStage(expansion.chip);
    if (stage === null) throw new Error('nothing to tune on a chip without integers');
    this.stage = stage;
    this.arena = new Arena(kernels.memory, kernels.heapBase);
    this.codes = new SampleCodes(samples);
    this.codes.keep(expansion.input, input);
    this.lastReader = new Int32Array(expansion.signals.length).fill(-1);
    expansion.ops.forEach((op, i) => readsOf(op).forEach((s) => (this.lastReader[s] = i)));
  }

  /** Frees whatever `work` allocates. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const mark = this.arena.mark();
    try {
      return await work();
    } finally {
      this.arena.release(mark);
    }
  }

  /** The same of work that does not pause. */
  scoped<T>(work: () => T): T {
    const mark = this.arena.mark();
    try {
      return work();
    } finally {
      this.arena.release(mark);
    }
  }

  /**
   * Rows of a tile at the sampled positions of its layer's output. `inner`: codes [rows x channels] of signals inside the layer, at those positions.
   * Constant rows follow the gathered ones.
   */
  rows(op: CoreOp, at: EdgeSamples, inner: ReadonlyMap<number, Int16Array>): Rows {
    const gathered = gatheredRows(op.gathers);
    const pitch = Math.ceil((gathered + op.constantRows) / 8) * 8;
    const count = at.positions.length;
    const address = this.arena.allocate(count * pitch * 2 + 64);
    let column = 0;
    for (const g of op.gathers) {
      const codes = inner.get(g.signal);
      if (codes) this.copyInner(g, codes, address, pitch, column, count);
      else this.gatherSamples(g, op.positions[1], at, address, pitch, column);
      column += gatheredRows([g]);
    }
    const view = new Int16Array(this.kernels.memory.buffer, address, count * pitch);
    for (let r = 0; r < count; r++) view.fill(this.stage.input.hi, r * pitch + gathered, r * pitch + gathered + op.constantRows);
    return { address, pitch, count };
  }

  private copyInner(g: Gather, codes: Int16Array, address: number, pitch: number, column: number, count: number): void {
    const view = new Int16Array(this.kernels.memory.buffer, address, count * pitch);
    const channels = this.expansion.signals[g.signal].shape[2];
    for (let r = 0; r < count; r++) view.set(codes.subarray(r * channels + g.channels[0], r * channels + g.channels[1]), r * pitch + column);
  }

  /** Only the windows at sampled positions are read: whole maps are too large to be moved for a few of them. */
  private gatherSamples(g: Gather, gridWidth: number, at: EdgeSamples, address: number, pitch: number, column: number): void {
    const { signals } = this.expansion;
    const [height, width, channels] = signals[g.signal].shape;
    const [from, to] = g.channels;
    const fill = Int16Array.from(fillCodes(g, signals));
    const rows = new Int16Array(this.kernels.memory.buffer, address, at.positions.length * pitch);
    for (let r = 0; r < at.positions.length; r++) {
      const [codes, before] = this.codes.around(g.signal, at.samples[r]);
      const map = before * height * width * channels;
      const top = g.origin[0] + Math.floor(at.positions[r] / gridWidth) * g.stride[0];
      const left = g.origin[1] + (at.positions[r] % gridWidth) * g.stride[1];
      let place = r * pitch + column;
      for (let ky = 0; ky < g.kernel[0]; ky++) {
        const y = top + ky * g.dilation[0];
        for (let kx = 0; kx < g.kernel[1]; kx++, place += to - from) {
          const x = left + kx * g.dilation[1];
          if (y < 0 || y >= height || x < 0 || x >= width) {
            rows.set(fill, place);
            continue;
          }
          const start = map + (y * width + x) * channels;
          for (let c = from, i = place; c < to; c++, i++) rows[i] = codes[start + c];
        }
      }
    }
  }

  /** Codes [count x columns] that the chip gives for these rows. */
  product(tile: TileIntegers, rows: Rows): Int16Array {
    return this.scoped(() => {
      const { memory, exports } = this.kernels;
      const spec = this.specOf(tile);
      const kernel = pickKernel(spec, this.forced, this.kernels.relaxed);
      const packed = kernel.pack(spec, memory, this.arena.allocate);
      const scratch = this.arena.allocate(packed.scratchBytes + 64);
      const y = this.arena.allocate(rows.count * tile.columns * 2 + 64);
      kernel.run(packed, exports, rows.address, rows.pitch, rows.count, y, tile.columns, scratch);
      return new Int16Array(memory.buffer, y, rows.count * tile.columns).slice();
    });
  }

  /**
   * The same of tiles that have one set of weights, for one bias after the other: what they have in common is computed once where the arithmetic allows, and
   * lies in the arena until the caller frees it (`scoped`). Codes may stand only until the next are asked for.
   */
  products(rounded: RoundedWeights, settings: TileSettings, rows: Rows): (bias: TileBias) => Int16Array {
    const { weights, columns } = rounded;
    const { constantRows } = settings;
    const tile = (bias: TileBias): TileIntegers => (
      { ...settings, ...integerTile(rounded, bias), columns, rows: weights.length / columns + constantRows });
    const anew = (bias: TileBias): Int16Array => this.product(tile(bias), rows);
    if (this.forced !== undefined || this.stage.parts === null) return anew;
    const spec = this.specOf(tile({ constants: new Int16Array(constantRows * columns), preload: null }));
    if (!hasPartials(spec)) return anew;
    const { memory, exports } = this.kernels;
    const codesOf = partialsOf(spec, memory, exports, this.arena.allocate, rows.address, rows.pitch, rows.count);
    return ({ constants }) => codesOf(constants);
  }

  private specOf(tile: TileIntegers): TileSpec {
    const { input } = this.stage;
    return { ...tile, arithmetic: this.expansion.chip.arithmetic, input, constants: { rows: tile.constantRows, code: input.hi } };
  }

  get memory(): WebAssembly.Memory {
    return this.kernels.memory;
  }

  /** Float32 product: `a` [rows x depth], pitch in floats, times panels of 8 columns (kernels/float.ts), into `to` [rows x columns]. All are addresses. */
  floatProduct(rows: number, columns: number, depth: number, a: number, pitch: number, panels: number, to: number): void {
    this.kernels.exports.panelsFloatSimd(rows, columns, depth, a, pitch, panels, 0, 0, to, columns);
  }

  /** Real values [count x columns] of a tile's sum on the decoded rows, bias included. */
  realProduct(op: CoreOp, real: RealTile, rows: Rows): Float32Array {
    const { columns } = real;
    const codes = new Int16Array(this.kernels.memory.buffer, rows.address, rows.count * rows.pitch);
    const { rowStep, rowZero } = tileScales(op.gathers, 0, null, this.expansion.signals);
    const result = new Float32Array(rows.count * columns);
    const sum = new Float64Array(columns);
    for (let r = 0; r < rows.count; r++) {
      sum.set(real.bias);
      for (let i = 0; i < real.rows; i++) {
        const x = (codes[r * rows.pitch + i] - rowZero[i]) * rowStep[i];
        if (x === 0) continue;
        for (let j = 0, w = i * columns; j < columns; j++, w++) sum[j] += x * real.weights[w];
      }
      result.set(sum, r * columns);
    }
    return result;
  }

  /** Runs finished ops `from`..`to - 1` over all calibration samples and keeps what later ops read. */
  async execute(from: number, to: number): Promise<void> {
    const { expansion } = this;
    const graph = coreGraphOf(expansion);
    const ops = graph.ops.slice(from, to);
    const written = new Set(ops.map(writeOf));
    const loads = [...new Set(ops.flatMap(readsOf))].filter((s) => !written.has(s));
    const kept = [...written].filter((s) => this.lastReader[s] >= to);
    const sub = { ...graph, ops, input: loads[0], output: writeOf(ops[ops.length - 1]) };
    const last = this.codes.signals.filter((s) => this.lastReader[s] < to);
    for (let part = 0; part < this.codes.parts; part++) {
      const inputs = new Map(loads.map((s): [number, KeptCodes] => [s, this.codes.part(s, part)]));
      const results = await this.during(() => this.emulate(sub, inputs, kept, this.codes.samplesOf(part), this.arena));
      for (const [s, codes] of results) this.codes.keepPart(s, part, codes);
      for (const s of last) this.codes.drop(s, part);
    }
  }
}

/** Results of `work` on each item, one after the other: work on one arena cannot overlap. */
export async function each<T, R>(items: readonly T[], work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const [i, item] of items.entries()) results.push(await work(item, i));
  return results;
}
