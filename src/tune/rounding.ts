/**
 * Training of a layer's weights through the rounding. Forward: the chip's real arithmetic with the rounded weights. Backward: as if neither weights nor
 * results were rounded (straight-through estimator). Small steps of the real weights add up until one rounds the other way. What helps is told by samples
 * that are not trained on, and decided channel by channel: the integers of the best step are kept.
 */
import type { Code, CoreOp, Gather, Signal } from '../cores/types.js';
import type { EdgeSamples } from '../encode/types.js';
import type { LayerDraft } from '../expand/types.js';
import { channelOfCopy, copyAt } from '../cores/copies.js';
import { stepOf, zeroOf } from '../cores/scales.js';
import { float32View } from '../kernels/memory.js';
import { TrainedTile, type WeightForm } from './trained-tile.js';
import type { Rows, Workbench } from './workbench.js';

/** Share of the samples that training does not see. */
const HELD_BACK = 0.2;
/** Rows of one step. */
const BATCH = 1024;
const PANEL = 8;

export interface RoundingOptions {
  readonly steps: number;
  /** The most that a weight moves in a step, in units of its integers; falls to 0 along a cosine. */
  readonly rate: number;
  /** The same of biases, in codes. */
  readonly biasRate: number;
  /** Steps between two looks at the samples held back. */
  readonly every: number;
}

export const ROUNDING: RoundingOptions = { steps: 60, rate: 0.5, biasRate: 0.02, every: 10 };

interface Member {
  readonly tile: TrainedTile;
  /** Index of the op. */
  readonly index: number;
  /** Rows at all sampled positions; those of inner signals are filled in by each forward pass. */
  readonly rows: Rows;
  /** Float32 [rows x sampled positions]: code - zero of what comes from outside; 0 where the tile's weights are kept. */
  readonly columnwise: number;
  /** Inner signals and where in the rows they lie. */
  readonly inner: readonly { readonly signal: number; readonly at: number; readonly from: number; readonly to: number }[];
  readonly final: boolean;
  /** Table after the sum if it is more than a clamp: training needs its slope. */
  readonly curve: Int16Array | null;
  best: { weights: Int16Array; preload: Int32Array | null };
}

/** `golden` with its rows in batches: those of a batch lie together, and each has its share of all samples. The last rows are those held back. */
export function batched(golden: EdgeSamples, batch: number): { golden: EdgeSamples; training: number; batches: number } {
  const count = golden.positions.length;
  const channels = golden.values.length / count;
  const samples = golden.samples[count - 1] + 1;
  const seen = samples - Math.floor(samples * HELD_BACK);
  const training = golden.samples.findIndex((s) => s >= seen);
  const end = training <= 0 ? count : training;
  const batches = Math.max(1, Math.floor(end / batch));
  const order = Int32Array.from({ length: count }, (_, i) => i);
  const key = (r: number): number => (r < end ? (r % batches) * count + r : batches * count + r);
  order.sort((a, b) => key(a) - key(b));
  const values = new Float32Array(golden.values.length);
  order.forEach((r, i) => values.set(golden.values.subarray(r * channels, (r + 1) * channels), i * channels));
  return {
    golden: { ...golden, samples: order.map((r) => golden.samples[r]), positions: order.map((r) => golden.positions[r]), values },
    training: end, batches,
  };
}

/** Trains the tiles of a layer in place. `sum`: code of the last sum before its table; `forms`: how the weights of its ops lie. */
export async function trainRounding(
  bench: Workbench, layer: LayerDraft, golden: EdgeSamples, sum: Code, forms: ReadonlyMap<number, WeightForm>, options: RoundingOptions,
): Promise<void> {
  if (!bench.steps.has('rounding') && !bench.steps.has('second-order')) return;
  await bench.during(() => new RoundingTrainer(bench, layer, golden, sum, forms, options).run());
}

class RoundingTrainer {
  private readonly golden: EdgeSamples;
  private readonly training: number;
  private readonly batches: number;
  private readonly channels: number;
  private readonly members: Member[] = [];
  private readonly innerSignals: ReadonlySet<number>;
  private readonly outputCode: Code;
  private bestError: Float64Array;

  constructor(
    private readonly bench: Workbench, private readonly layer: LayerDraft, golden: EdgeSamples, private readonly sum: Code,
    private readonly forms: ReadonlyMap<number, WeightForm>, private readonly options: RoundingOptions,
  ) {
    const rows = batched(golden, BATCH);
    this.golden = rows.golden;
    this.training = rows.training;
    this.batches = rows.batches;
    this.channels = golden.edge.shape[0];
    this.innerSignals = new Set(layer.stages.filter((s) => s.kind === 'partial').flatMap((s) => s.signals));
    const { code } = bench.expansion.signals[layer.output];
    if (code === null) throw new Error('no code');
    this.outputCode = code;
    this.bestError = new Float64Array(this.channels).fill(Number.POSITIVE_INFINITY);
  }

  async run(): Promise<void> {
    const { options } = this;
    await this.prepare();
    await this.judge();
    if (this.bench.steps.has('second-order')) {
      for (const member of this.members) {
        await this.bench.pause();
        if (member.columnwise !== 0 && member.tile.dense) member.tile.roundSecondOrder(this.moments(member));
      }
      await this.judge();
    }
    const count = this.bench.steps.has('rounding') ? options.steps : 0;
    for (let step = 1; step <= count; step++) {
      await this.bench.pause();
      this.step(step);
      if (step % options.every === 0 || step === options.steps) await this.judge();
    }
    for (const member of this.members) {
      const op = this.bench.expansion.ops[member.index] as CoreOp;
      this.bench.expansion.ops[member.index] = { ...op, ...member.best };
    }
  }

  private async prepare(): Promise<void> {
    const { bench, layer } = this;
    const none = new Map([...this.innerSignals].map((s): [number, Int16Array] => (
      [s, new Int16Array(this.golden.positions.length * bench.expansion.signals[s].shape[2])])));
    for (const stage of layer.stages) {
      for (const draft of stage.tiles) {
        await bench.pause();
        const op = bench.expansion.ops[draft.op];
        if (op.kind !== 'core') throw new Error('tiles are core-ops');
        const final = stage.kind === 'final';
        const code = final ? this.sum : bench.expansion.signals[op.output.signal].code;
        if (code === null) throw new Error('no code');
        const inner = (g: Gather): boolean => this.innerSignals.has(g.signal);
        const real = draft.real(bench.expansion.signals[op.output.signal].segments ?? 1);
        const tile = new TrainedTile(op, real, bench.stage, bench.expansion.signals, code, inner, this.forms.get(draft.op) ?? null);
        const rows = bench.rows(op, this.golden, none);
        const columnwise = tile.trains ? this.transpose(tile, rows) : 0;
        const curve = final && layer.activation !== null && layer.activation.op !== 'Clip' ? op.table : null;
        const weights = tile.integers.weights.slice();
        const preload = tile.integers.preload?.slice() ?? null;
        this.members.push({ tile, index: draft.op, rows, columnwise, inner: this.innerOf(op), final, curve, best: { weights, preload } });
      }
    }
  }

  private innerOf(op: CoreOp): Member['inner'] {
    let at = 0;
    return op.gathers.flatMap((g: Gather) => {
      const [from, to] = g.channels;
      const start = at;
      at += g.kernel[0] * g.kernel[1] * (to - from);
      return this.innerSignals.has(g.signal) ? [{ signal: g.signal, at: start, from, to }] : [];
    });
  }

  /** Golden channel that a channel of a signal of the layer adds to. */
  private channelOf(signal: number, channel: number): number {
    return copyAt(this.bench.expansion.signals[signal], channel).channel % this.channels;
  }

  /** Float32 [rows of the tile x positions], so that a batch's gradient is one product. */
  private transpose(tile: TrainedTile, rows: Rows): number {
    const { memory, arena } = this.bench;
    const address = arena.allocate(tile.rows * this.training * 4 + 64);
    const codes = new Int16Array(memory.buffer, rows.address, rows.count * rows.pitch);
    const to = float32View(memory, address, tile.rows * this.training);
    for (let r = 0; r < this.training; r++) {
      for (let i = 0, c = r * rows.pitch; i < tile.rows; i++, c++) to[i * this.training + r] = codes[c] - tile.rowZero[i];
    }
    return address;
  }

  /** Sums of products of a tile's inputs over the rows trained on, [rows x rows]. */
  private moments({ tile, columnwise }: Member): Float64Array {
    const { bench, training } = this;
    const { rows } = tile;
    return bench.scoped(() => {
      const panels = bench.arena.allocate(Math.ceil(rows / PANEL) * training * PANEL * 4 + 64);
      const view = float32View(bench.memory, panels, Math.ceil(rows / PANEL) * training * PANEL).fill(0);
      const x = float32View(bench.memory, columnwise, rows * training);
      for (let i = 0; i < rows; i++) {
        const at = Math.floor(i / PANEL) * training * PANEL + (i % PANEL);
        for (let r = 0; r < training; r++) view[at + r * PANEL] = x[i * training + r];
      }
      const result = bench.arena.allocate(rows * rows * 4 + 64);
      bench.floatProduct(rows, rows, training, columnwise, training, panels, result);
      return Float64Array.from(float32View(bench.memory, result, rows * rows));
    });
  }

  /** Codes of every tile on rows `from`..`to - 1`, in order of execution. */
  private forward(from: number, to: number): Int16Array[] {
    const made = new Map<number, Int16Array>();
    return this.members.map((member) => {
      const { tile, rows, curve } = member;
      this.fillInner(member, made, from, to);
      const part = { address: rows.address + from * rows.pitch * 2, pitch: rows.pitch, count: to - from };
      const codes = this.bench.product(tile.spec(curve === null ? tile.op.table : null), part);
      if (!member.final) this.placeInner(tile.op, codes, made, to - from);
      return codes;
    });
  }

  private fillInner({ rows, inner }: Member, made: ReadonlyMap<number, Int16Array>, from: number, to: number): void {
    if (inner.length === 0) return;
    const view = new Int16Array(this.bench.memory.buffer, rows.address, rows.count * rows.pitch);
    for (const { signal, at, from: first, to: end } of inner) {
      const codes = made.get(signal);
      if (codes === undefined) continue;
      const channels = this.bench.expansion.signals[signal].shape[2];
      for (let r = from; r < to; r++) {
        const source = (r - from) * channels;
        for (let c = first, place = r * rows.pitch + at; c < end; c++, place++) view[place] = codes[source + c];
      }
    }
  }

  private placeInner({ output, columns }: CoreOp, codes: Int16Array, made: Map<number, Int16Array>, count: number): void {
    const channels = this.bench.expansion.signals[output.signal].shape[2];
    const all = made.get(output.signal) ?? new Int16Array(count * channels);
    made.set(output.signal, all);
    for (let r = 0; r < count; r++) {
      for (let j = 0; j < columns; j++) all[r * channels + output.channel + j] = codes[r * columns + j];
    }
  }

  /** Decoded outputs minus what the chip could give at best, [rows x channels]. */
  private errors(outputs: readonly Int16Array[], from: number, to: number): Float32Array {
    const { channels, outputCode: code } = this;
    const count = to - from;
    const signal = this.bench.expansion.signals[this.layer.output];
    const { copies } = signal;
    const e = new Float32Array(count * channels);
    const least = new Float64Array(channels);
    const most = new Float64Array(channels);
    for (let c = 0; c < channels; c++) {
      const first = channelOfCopy(signal, c, 0);
      least[c] = (code.lo - zeroOf(code, first)) * stepOf(code, first);
      most[c] = (code.hi - zeroOf(code, first)) * stepOf(code, first);
    }
    for (let r = 0; r < count; r++) {
      for (let c = 0, i = r * channels, g = (from + r) * channels; c < channels; c++, i++, g++) {
        const golden = this.golden.values[g];
        e[i] = -(golden < least[c] ? least[c] : golden > most[c] ? most[c] : golden);
      }
    }
    this.members.forEach(({ tile, final, curve }, m) => {
      if (!final) return;
      const { output, columns } = tile.op;
      const codes = outputs[m];
      const { lo } = this.bench.stage.clamp;
      const column = (of: (j: number) => number): Float64Array => Float64Array.from({ length: columns }, (_, j) => of(output.channel + j));
      const to = Int32Array.from(column((j) => this.channelOf(output.signal, j)));
      const step = column((j) => stepOf(code, j) / copies);
      const zero = column((j) => zeroOf(code, j));
      for (let r = 0, i = 0; r < count; r++) {
        for (let j = 0; j < columns; j++, i++) {
          const y = curve === null ? codes[i] : curve[codes[i] - lo];
          e[r * channels + to[j]] += (y - zero[j]) * step[j];
        }
      }
    });
    return e;
  }

  /** Compares with the best so far on the rows held back; of each channel the better integers are kept. */
  private async judge(): Promise<void> {
    const to = this.golden.positions.length;
    // Of a single sample nothing can be held back.
    const from = this.training < to ? this.training : 0;
    const { channels } = this;
    const error = new Float64Array(channels);
    for (let start = from; start < to; start += BATCH) {
      await this.bench.pause();
      const end = Math.min(to, start + BATCH);
      const e = this.errors(this.forward(start, end), start, end);
      for (let i = 0; i < e.length; i++) error[i % channels] += e[i] * e[i];
    }
    const better = error.map((v, c) => (v < this.bestError[c] ? 1 : 0));
    this.bestError = this.bestError.map((v, c) => Math.min(v, error[c]));
    for (const { tile, best } of this.members) {
      const { weights, preload } = tile.integers;
      for (let j = 0; j < tile.columns; j++) {
        if (better[this.channelOf(tile.op.output.signal, tile.op.output.channel + j)] === 0) continue;
        for (let i = j; i < weights.length; i += tile.columns) best.weights[i] = weights[i];
        if (preload !== null && best.preload !== null) best.preload[j] = preload[j];
      }
    }
  }

  private step(step: number): void {
    const { options, training, batches } = this;
    const b = (step - 1) % batches;
    const from = Math.floor((b * training) / batches);
    const to = Math.floor(((b + 1) * training) / batches);
    const outputs = this.forward(from, to);
    const e = this.errors(outputs, from, to);
    const decay = 0.5 + 0.5 * cosine((step - 1) / options.steps);
    // By inner signal: what the error's derivative with respect to its codes is, [rows x channels].
    const back = new Map<number, Float32Array>();
    for (let m = this.members.length - 1; m >= 0; m--) {
      const member = this.members[m];
      const d = member.final ? this.finalDerivative(member, outputs[m], e, to - from) : this.innerDerivative(member, outputs[m], back, to - from);
      this.passBack(member, d, back, to - from);
      this.learn(member, d, from, to, decay, step);
    }
  }

  /** Derivative of the squared error with respect to a final tile's sums in codes, [rows x columns]. */
  private finalDerivative({ tile, curve }: Member, codes: Int16Array, e: Float32Array, count: number): Float32Array {
    const { channels } = this;
    const { output, columns } = tile.op;
    const d = new Float32Array(count * columns);
    const lo = this.bench.stage.clamp.lo;
    const from = Int32Array.from({ length: columns }, (_, j) => this.channelOf(output.signal, output.channel + j));
    const step = Float64Array.from({ length: columns }, (_, j) => stepOf(this.outputCode, output.channel + j));
    for (let r = 0, i = 0; r < count; r++) {
      for (let j = 0; j < columns; j++, i++) {
        const slope = curve === null ? 1 : slopeOf(curve, codes[i] - lo);
        d[i] = e[r * channels + from[j]] * step[j] * slope;
      }
    }
    return d;
  }

  /** The same of a partial sum's tile: what comes back from the merges, where the code can follow. */
  private innerDerivative({ tile }: Member, codes: Int16Array, back: ReadonlyMap<number, Float32Array>, count: number): Float32Array {
    const { output, columns } = tile.op;
    const signal = this.bench.expansion.signals[output.signal];
    const channels = signal.shape[2];
    const all = back.get(output.signal);
    const d = new Float32Array(count * columns);
    if (all === undefined || signal.code === null) return d;
    const { lo, hi } = signal.code;
    const pair = channels === 2 * this.channels * signal.copies;
    // Segments are trained alike: a value is at an end of its range where the last or the first of them is.
    const ends = Array.from({ length: columns }, (_, j) => endsOf(signal, output.channel, j, columns));
    for (let r = 0; r < count; r++) {
      for (let j = 0; j < columns; j++) {
        const g = all[r * channels + output.channel + j];
        const [first, last] = ends[j];
        // Of a pair at most one part is more than 0: where both are 0 either may rise.
        if (codes[r * columns + last] >= hi ? g > 0 : codes[r * columns + first] > lo || (g < 0 && !pair)) d[r * columns + j] = g;
      }
    }
    return d;
  }

  /** Adds a tile's derivative, taken back through its weights, to the inner signals that it reads. */
  private passBack({ tile, inner }: Member, d: Float32Array, back: Map<number, Float32Array>, count: number): void {
    if (inner.length === 0) return;
    const scale = 2 ** -tile.k;
    for (const { row, column, weight } of tile.entries) {
      const from = inner.find((g) => row >= g.at && row < g.at + g.to - g.from);
      if (from === undefined) continue;
      const channels = this.bench.expansion.signals[from.signal].shape[2];
      const all = back.get(from.signal) ?? new Float32Array(count * channels);
      back.set(from.signal, all);
      const c = from.from + row - from.at;
      for (let r = 0; r < count; r++) all[r * channels + c] += d[r * tile.columns + column] * weight * scale;
    }
  }

  private learn({ tile, columnwise }: Member, d: Float32Array, from: number, to: number, decay: number, step: number): void {
    const { options } = this;
    const raised = new Float64Array(tile.columns);
    for (let i = 0; i < d.length; i += tile.columns) for (let j = 0; j < tile.columns; j++) raised[j] += d[i + j];
    const gradient = columnwise === 0 ? null : this.gradient(tile, columnwise, d, from, to);
    tile.update(gradient, raised, options.rate * decay, options.biasRate * decay * 2 ** tile.k, step, this.bench.steps.has('up-down'));
  }

  /** Sum over the rows of (code - zero) times derivative, [rows of the tile x leading columns]. */
  private gradient(tile: TrainedTile, columnwise: number, d: Float32Array, from: number, to: number): Float32Array {
    const { bench, training } = this;
    const { leaders, mirrors, columns } = tile;
    const depth = to - from;
    return bench.scoped(() => {
      const blocks = Math.ceil(leaders.length / PANEL);
      const panels = bench.arena.allocate(blocks * depth * PANEL * 4 + 64);
      const view = float32View(bench.memory, panels, blocks * depth * PANEL).fill(0);
      leaders.forEach((j, l) => {
        const at = Math.floor(l / PANEL) * depth * PANEL + (l % PANEL);
        for (let r = 0; r < depth; r++) view[at + r * PANEL] = d[r * columns + j];
      });
      mirrors.forEach((leader, j) => {
        if (leader < 0) return;
        const l = leaders.indexOf(leader);
        const at = Math.floor(l / PANEL) * depth * PANEL + (l % PANEL);
        for (let r = 0; r < depth; r++) view[at + r * PANEL] -= d[r * columns + j];
      });
      const result = bench.arena.allocate(tile.rows * leaders.length * 4 + 64);
      bench.floatProduct(tile.rows, leaders.length, depth, columnwise + from * 4, training, panels, result);
      return float32View(bench.memory, result, tile.rows * leaders.length).slice();
    });
  }
}

/** Columns of a tile that give the first and the last segment of what column j gives, as far as they are in the tile; of one segment, j itself. */
function endsOf({ copies, segments = 1 }: Signal, channel: number, j: number, columns: number): readonly [first: number, last: number] {
  if (segments === 1) return [j, j];
  const first = j - ((channel + j) % copies);
  return [Math.max(0, first), Math.min(columns - 1, first + copies - 1)];
}

/** Slope of a table at an index, in output codes for each code of the sum. */
function slopeOf(table: Int16Array, index: number): number {
  const below = Math.max(0, index - 1);
  const above = Math.min(table.length - 1, index + 1);
  return (table[above] - table[below]) / (above - below);
}

/** cos(pi * t) for t in 0..1, to about 1e-3, by the formula of Bhaskara I: the same on every engine. */
function cosine(t: number): number {
  const bhaskara = (u: number): number => (1 - 4 * u * u) / (1 + u * u);
  return t <= 0.5 ? bhaskara(t) : -bhaskara(1 - t);
}
