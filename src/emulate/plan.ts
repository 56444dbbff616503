/**
 * From a core-op network to a flat list of kernel steps over one arena: weights packed into shared memory once, buffers placed by liveness.
 * A plan is plain data; every worker runs it over an arena of its own.
 */
import type { Signal, CoreGraph, CoreOp, FloatFunction, Gather, MaximumOp, Op } from '../cores/types.js';
import { linearStage } from '../cores/realise.js';
import { permutation } from '../cores/derive.js';
import { readsOf, writeOf } from '../cores/ops.js';
import { fillCodes, gatheredRows, zeroOf } from '../cores/scales.js';
import { foldRepeats } from './fold.js';
import { joinCores } from './join.js';
import { joinMerges } from './join-merges.js';
import { foldMaxima } from './maxima.js';
import { gridBytes, OVERSHOOT_BYTES, planWindow, type WindowPlan } from '../kernels/collect.js';
import type { ElementBytes, GatherWindow, Twin } from '../kernels/gather.js';
import { pickKernel, pickMapKernel, twinOf } from '../kernels/table.js';
import type { CoreKernel, PackedTile, TileSpec } from '../kernels/types.js';

/** Rows that are collected, multiplied and written in one go: as many as leave the first cache room for weights, between these bounds. */
const CHUNK_BYTES = 16384;
const CHUNK_ROWS = { least: 32, most: 256 };
/** Framed copies of as many samples at once as fit in this. */
const FRAMES_BYTES = 65536;
const ALIGN = 64;
/** Kernels may read a few codes past the end of a row or a map. */
const SLACK = 64;

export interface GatherStep extends GatherWindow {
  readonly signal: number;
  /** First column of a row that this gather writes. */
  readonly column: number;
}

/** How rows are collected without bounds (src/kernels/collect.ts); offsets in bytes. */
export interface CollectPlan {
  /** Offset of the grid's description in the arena. */
  readonly grid: number;
  /** By gather: its frame and stretches, and the place of the first sample's framed copy, from the plan's `frameScratch` on. */
  readonly windows: readonly (WindowPlan & { readonly at: number })[];
  /** Samples that are framed at once. */
  readonly framed: number;
  /** A stretch of constants that ends every row, or `null`: its address and bytes. */
  readonly constants: { readonly address: number; readonly bytes: number } | null;
}

interface Collecting {
  readonly gathers: readonly GatherStep[];
  /** Row pitch in elements; for direct steps, that of the signal itself. */
  readonly pitch: number;
  /** Rows at a time, at most. */
  readonly chunk: number;
  readonly positions: readonly [number, number];
  /** `null`: rows are gathered by the scalar twin, or read where they lie. */
  readonly collect: CollectPlan | null;
}

export interface TileStep extends Collecting {
  readonly kind: 'tile';
  readonly name: string;
  /** Columns of constant input, from `rows` on, and their code. */
  readonly rows: number;
  readonly constantRows: number;
  readonly constantCode: number;
  /** Rows are read where they lie: no gathering. */
  readonly direct: boolean;
  readonly columns: number;
  readonly tile: PackedTile;
  readonly function: FloatFunction | null;
  readonly output: { readonly signal: number; readonly channel: number; readonly origin: readonly [number, number] };
}

/** A tile whose kernel reads the maps itself. */
export interface MapStep {
  readonly kind: 'map';
  readonly name: string;
  readonly gathers: readonly GatherStep[];
  readonly positions: readonly [number, number];
  readonly columns: number;
  readonly tile: PackedTile;
  readonly output: { readonly signal: number; readonly channel: number; readonly origin: readonly [number, number] };
}

export interface MaximumStep extends Collecting {
  readonly kind: 'maximum';
  readonly name: string;
  readonly taps: number;
  readonly columns: number;
  readonly output: { readonly signal: number; readonly channel: number; readonly origin: readonly [number, number] };
}

export interface WireStep {
  readonly kind: 'wire';
  readonly name: string;
  /** Address of one position's codes for what no piece covers, or 0 if all is covered. */
  readonly blank: number;
  readonly pieces: readonly {
    readonly signal: number;
    readonly fromElement: number;
    readonly toElement: number;
    readonly size: readonly [number, number, number];
    readonly fromStride: readonly [number, number, number];
    readonly toStride: readonly [number, number];
  }[];
  readonly output: number;
}

export interface PermuteStep {
  readonly kind: 'permute';
  readonly name: string;
  readonly signal: number;
  readonly order: Int32Array;
  readonly output: number;
}

/** An op that others do the work of. */
export interface NoStep {
  readonly kind: 'none';
  readonly name: string;
}

export type Step = TileStep | MapStep | MaximumStep | WireStep | PermuteStep | NoStep;

export interface EnginePlan {
  readonly elementBytes: ElementBytes;
  readonly twin: Twin;
  readonly batch: number;
  readonly signals: readonly Signal[];
  /** Elements of one sample, and byte offset in the arena (-1: not held), by signal. */
  readonly sizes: readonly number[];
  readonly offsets: readonly number[];
  readonly steps: readonly Step[];
  readonly input: number;
  readonly output: number;
  /** Offsets of framed copies, row scratch and kernel scratch in the arena, and bytes of the whole. */
  readonly frameScratch: number;
  readonly rowScratch: number;
  readonly kernelScratch: number;
  readonly arenaBytes: number;
}

export interface PlanOptions {
  /** Greatest number of samples of one run. */
  readonly batch: number;
  /** Kernel or variant to force; every op is then run as it stands. */
  readonly kernel?: string;
  /** Kernels of the relaxed module that all threads have and that may be chosen. */
  readonly relaxed?: readonly CoreKernel[];
  /** Signals that must still be there at the end; the output always is. `all`: every signal. */
  readonly keep: readonly number[] | 'all';
}

/** Packs the tiles into `memory` through `allocate` and lays out the arena. */
export function planEngine(graph: CoreGraph, memory: WebAssembly.Memory, allocate: (bytes: number) => number, options: PlanOptions): EnginePlan {
  const float = graph.chip.arithmetic.kind === 'float';
  const elementBytes = float ? 4 : 2;
  const sizes = graph.signals.map((s) => s.shape[0] * s.shape[1] * s.shape[2]);
  const { keep } = options;
  const ops = options.kernel === undefined ? foldedOps(graph, keep) : graph.ops;
  const { offsets, bytes } = placeSignals(graph, ops, sizes.map((n) => n * options.batch * elementBytes + SLACK), keep);
  const packer = new Packer(graph, memory, allocate, options, bytes);
  const steps = ops.map((op, i): Step => (op === null ? { kind: 'none', name: graph.ops[i].name } : packer.step(op)));
  const frameScratch = packer.top;
  const rowScratch = frameScratch + align(packer.frameBytes);
  const kernelScratch = rowScratch + align(Math.max(0, ...steps.map((s) => rowBytes(s, elementBytes))) + SLACK);
  const scratch = Math.max(0, ...steps.map((s) => (s.kind === 'tile' || s.kind === 'map' ? s.tile.scratchBytes : 0)));
  return {
    elementBytes, twin: packer.twin, batch: options.batch, signals: graph.signals, sizes, offsets, steps, input: graph.input, output: graph.output,
    frameScratch, rowScratch, kernelScratch, arenaBytes: kernelScratch + align(scratch + SLACK),
  };
}

/** The ops as they are run where no kernel is forced: `null` for those that others do the work of. */
function foldedOps(graph: CoreGraph, keep: readonly number[] | 'all'): (Op | null)[] {
  const ops = foldMaxima(graph, (s) => keep === 'all' || keep.includes(s));
  const { kind } = graph.chip.arithmetic;
  if (kind === 'composed') return joinCores(ops);
  return kind === 'window' || kind === 'ideal-limits' ? joinMerges(ops) : ops;
}

/** Bytes of the rows that a step has at a time. */
function rowBytes(step: Step, elementBytes: number): number {
  return (step.kind === 'tile' && !step.direct) || step.kind === 'maximum' ? step.chunk * step.pitch * elementBytes : 0;
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGN) * ALIGN;
}

class Packer {
  readonly twin: Twin;
  /** End of what is used of the arena. */
  top: number;
  /** Most bytes of framed copies that a step has at a time. */
  frameBytes = 0;
  private readonly elementBytes: ElementBytes;
  private readonly inputRange: { lo: number; hi: number };

  /** `arena`: bytes of the arena that signals take. */
  constructor(
    private readonly graph: CoreGraph, private readonly memory: WebAssembly.Memory, private readonly allocate: (bytes: number) => number,
    private readonly options: PlanOptions, arena: number,
  ) {
    this.twin = twinOf(options.kernel);
    this.top = arena;
    this.elementBytes = graph.chip.arithmetic.kind === 'float' ? 4 : 2;
    this.inputRange = linearStage(graph.chip)?.input ?? { lo: 0, hi: 0 };
  }

  step(op: Op): Step {
    switch (op.kind) {
      case 'core':
        return this.tile(op);
      case 'maximum':
        return this.maximum(op);
      case 'wire':
        return this.wire(op);
      case 'permute':
        return { kind: 'permute', name: op.name, signal: op.signal, order: permutation(op.view, op.axes), output: op.output };
    }
  }

  private tile(given: CoreOp): TileStep | MapStep {
    const op = foldRepeats(given, this.graph.chip.arithmetic);
    const rows = gatheredRows(op.gathers);
    const spec: TileSpec = {
      arithmetic: this.graph.chip.arithmetic, rows: rows + op.constantRows, columns: op.columns, weights: op.weights, preload: op.preload,
      config: op.config, table: op.table, input: this.rangeOf(op), constants: { rows: op.constantRows, code: this.inputRange.hi },
      ...(op.cells === undefined ? {} : { cells: op.cells }),
    };
    const overMaps = this.mapStep(op, spec);
    if (overMaps !== null) return overMaps;
    const kernel = pickKernel(spec, this.options.kernel, this.options.relaxed);
    const direct = this.directPitch(op);
    const constantCode = this.inputRange.hi;
    return {
      kind: 'tile', name: op.name, rows, constantRows: op.constantRows, constantCode, direct: direct !== null, columns: op.columns,
      ...this.collecting(op, direct ?? this.pitchFor(rows + op.constantRows), direct === null, new Array<number>(op.constantRows).fill(constantCode)),
      tile: kernel.pack(spec, this.memory, this.allocate), function: op.function, output: op.output,
    };
  }

  /** The tile on a kernel that reads maps itself, where that is the cheapest. */
  private mapStep(op: CoreOp, tile: TileSpec): MapStep | null {
    const { kernel: forced, relaxed } = this.options;
    const windows = op.gathers.map((g) => ({ ...g, from: g.channels[0], to: g.channels[1], shape: this.graph.signals[g.signal].shape }));
    const spec = { ...tile, windows, positions: op.positions, samples: this.options.batch };
    const kernel = pickMapKernel(spec, forced, relaxed);
    if (kernel === null) return null;
    return {
      kind: 'map', name: op.name, gathers: this.gathers(op.gathers), positions: op.positions, columns: op.columns,
      tile: kernel.pack(spec, this.memory, this.allocate), output: op.output,
    };
  }

  /** Elements from row to row: whole vectors, with room behind the row for what collecting and kernels touch. */
  private pitchFor(rows: number): number {
    return Math.ceil((rows + OVERSHOOT_BYTES / this.elementBytes) / 8) * 8;
  }

  private collecting(op: CoreOp | MaximumOp, pitch: number, copied: boolean, constants: readonly number[]): Collecting {
    const { positions } = op;
    const chunk = Math.floor(CHUNK_BYTES / (pitch * this.elementBytes) / 8) * 8;
    const gathers = this.gathers(op.gathers);
    return {
      gathers, pitch, positions, chunk: Math.min(Math.max(chunk, CHUNK_ROWS.least), CHUNK_ROWS.most),
      collect: copied && this.twin === 'simd' ? this.collectPlan(gathers, positions, constants) : null,
    };
  }

  private collectPlan(gathers: readonly GatherStep[], positions: readonly [number, number], constants: readonly number[]): CollectPlan {
    const plans = gathers.map((g) => planWindow(g, this.graph.signals[g.signal].shape, positions, this.elementBytes));
    const perSample = plans.reduce((n, p) => n + p.frameBytes, 0);
    const framed = Math.max(1, Math.min(this.options.batch, Math.floor(FRAMES_BYTES / Math.max(perSample, 1))));
    const grid = this.reserve(gridBytes(plans.reduce((n, p) => n + p.stretches.length, 0) + 1));
    let at = 0;
    const windows = plans.map((p) => {
      const window = { ...p, at };
      if (p.frame !== null) at += align(framed * p.frameBytes + SLACK);
      return window;
    });
    this.frameBytes = Math.max(this.frameBytes, at);
    return { grid, windows, framed, constants: constants.length === 0 ? null : this.placeConstants(constants) };
  }

  private placeConstants(codes: readonly number[]): { address: number; bytes: number } {
    const room = new Array<number>(OVERSHOOT_BYTES / this.elementBytes).fill(0);
    return { address: this.place([...codes, ...room]), bytes: codes.length * this.elementBytes };
  }

  private reserve(bytes: number): number {
    const at = this.top;
    this.top += align(bytes);
    return at;
  }

  /** Range of the codes that a tile can see. */
  private rangeOf(op: CoreOp): { lo: number; hi: number } {
    const codes = op.gathers.flatMap((g) => this.graph.signals[g.signal].code ?? []);
    if (codes.length === 0) return this.inputRange;
    return { lo: Math.min(...codes.map((c) => c.lo), this.inputRange.lo), hi: Math.max(...codes.map((c) => c.hi), this.inputRange.hi) };
  }

  /** Pitch of rows that lie ready in a signal: single positions of a map of the same size, or the whole map of a sample. */
  private directPitch(op: CoreOp): number | null {
    if (op.gathers.length !== 1 || op.constantRows > 0) return null;
    const [g] = op.gathers;
    const [h, w, c] = this.graph.signals[g.signal].shape;
    if (g.origin[0] !== 0 || g.origin[1] !== 0) return null;
    const point = g.kernel[0] === 1 && g.kernel[1] === 1 && g.stride[0] === 1 && g.stride[1] === 1;
    if (point && op.positions[0] === h && op.positions[1] === w) return c;
    const whole = g.kernel[0] === h && g.kernel[1] === w && g.dilation[0] === 1 && g.dilation[1] === 1 && g.channels[0] === 0 && g.channels[1] === c;
    return whole && op.positions[0] === 1 && op.positions[1] === 1 ? h * w * c : null;
  }

  private gathers(gathers: readonly Gather[]): GatherStep[] {
    let column = 0;
    return gathers.map((g) => {
      const { signal, kernel, stride, dilation, origin } = g;
      const step = { signal, from: g.channels[0], to: g.channels[1], kernel, stride, dilation,
        origin, fill: this.place(fillCodes(g, this.graph.signals)), column };
      column += kernel[0] * kernel[1] * (g.channels[1] - g.channels[0]);
      return step;
    });
  }

  private place(values: readonly number[]): number {
    const address = this.allocate(values.length * this.elementBytes);
    const view = this.elementBytes === 2
      ? new Int16Array(this.memory.buffer, address, values.length)
      : new Float32Array(this.memory.buffer, address, values.length);
    view.set(values);
    return address;
  }

  private maximum(op: MaximumOp): MaximumStep {
    const columns = op.gathers[0].channels[1] - op.gathers[0].channels[0];
    const rows = gatheredRows(op.gathers);
    return {
      kind: 'maximum', name: op.name, ...this.collecting(op, this.pitchFor(rows), true, []), taps: rows / columns, columns, output: op.output,
    };
  }

  private wire(op: Op & { kind: 'wire' }): WireStep {
    const out = this.graph.signals[op.output];
    const [h, w, c] = out.shape;
    const covered = op.pieces.reduce((n, p) => n + p.size[0] * p.size[1] * p.size[2], 0);
    const { code } = out;
    const blank = covered >= h * w * c ? 0 : this.place(Array.from({ length: c }, (_, j) => (code === null ? 0 : zeroOf(code, j))));
    const pieces = op.pieces.map((p) => {
      const [, sw, sc] = this.graph.signals[p.signal].shape;
      return {
        signal: p.signal,
        fromElement: (p.from[0] * sw + p.from[1]) * sc + p.from[2],
        toElement: (p.to[0] * w + p.to[1]) * c + p.to[2],
        size: p.size,
        fromStride: [p.step[0] * sw * sc, p.step[1] * sc, p.step[2]] as const,
        toStride: [w * c, c] as const,
      };
    });
    return { kind: 'wire', name: op.name, blank, pieces, output: op.output };
  }
}

/** First fit: each buffer at the lowest offset that is free while it lives. */
function placeSignals(
  graph: CoreGraph, ops: readonly (Op | null)[], bytes: readonly number[], keep: readonly number[] | 'all',
): { offsets: number[]; bytes: number } {
  const first = graph.signals.map(() => Number.POSITIVE_INFINITY);
  const last = graph.signals.map(() => -1);
  const touch = (signal: number, step: number): void => {
    first[signal] = Math.min(first[signal], step);
    last[signal] = Math.max(last[signal], step);
  };
  touch(graph.input, 0);
  ops.forEach((op, step) => {
    if (op === null) return;
    // What no op before has written is loaded before the first step.
    readsOf(op).forEach((s) => touch(s, last[s] < 0 ? 0 : step));
    readsOf(op).forEach((s) => touch(s, step));
    touch(writeOf(op), step);
  });
  const end = ops.length;
  for (const s of keep === 'all' ? graph.signals.keys() : [...keep, graph.output]) touch(s, end);
  const placed: { signal: number; offset: number }[] = [];
  const offsets = graph.signals.map(() => -1);
  const order = [...graph.signals.keys()].filter((s) => last[s] >= 0).sort((a, b) => first[a] - first[b] || a - b);
  let total = 0;
  for (const s of order) {
    const rivals = placed.filter((p) => first[p.signal] <= last[s] && first[s] <= last[p.signal]).sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const p of rivals) {
      if (offset + bytes[s] <= p.offset) break;
      offset = Math.max(offset, align(p.offset + bytes[p.signal]));
    }
    placed.push({ signal: s, offset });
    offsets[s] = offset;
    total = Math.max(total, align(offset + bytes[s]));
  }
  return { offsets, bytes: total };
}
