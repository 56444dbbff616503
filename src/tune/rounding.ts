/**
 * Training of a layer's weights through the rounding. Forward: the chip's real arithmetic with the rounded weights. Backward: as if neither weights nor
 * results were rounded (straight-through estimator). Small steps of the real weights add up until one rounds the other way. What helps is told by samples
 * that are not trained on, and decided channel by channel: the integers of the best step are kept.
 */
import type { Code, CoreOp } from '../cores/types.js';
import type { EdgeSamples } from '../encode/types.js';
import { float32View } from '../kernels/memory.js';
import { finalDerivative, innerDerivative, passBack } from './backward.js';
import { batched } from './batches.js';
import type { LayerBench } from './layer-bench.js';
import { TrainedLayer, type Member } from './trained-layer.js';
import type { TrainedTile } from './trained-tile.js';
import type { Workbench } from './workbench.js';

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

/** Trains the tiles of a layer in place. `sum`: code of the last sum before its table. */
export async function trainRounding(layer: LayerBench, golden: EdgeSamples, sum: Code, options: RoundingOptions): Promise<void> {
  const { bench } = layer;
  if (!bench.steps.has('rounding') && !bench.steps.has('second-order')) return;
  const rows = batched(golden, BATCH);
  await bench.during(async () => {
    const trained = new TrainedLayer(layer, rows.golden, rows.training, sum);
    await trained.prepare();
    await new RoundingTrainer(trained, rows.batches, options).run();
  });
}

class RoundingTrainer {
  private readonly bench: Workbench;
  private readonly members: readonly Member[];
  /** The least error so far, by channel. */
  private bestError: Float64Array;

  constructor(private readonly layer: TrainedLayer, private readonly batches: number, private readonly options: RoundingOptions) {
    this.bench = layer.bench;
    this.members = layer.members;
    this.bestError = new Float64Array(layer.channels).fill(Number.POSITIVE_INFINITY);
  }

  async run(): Promise<void> {
    const { options } = this;
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

  /** Sums of products of a tile's inputs over the rows trained on, [rows x rows]. */
  private moments({ tile, columnwise }: Member): Float64Array {
    const { bench, layer: { training } } = this;
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

  /** Compares with the best so far on the rows held back; of each channel the better integers are kept. */
  private async judge(): Promise<void> {
    const { channels, golden, training } = this.layer;
    const to = golden.positions.length;
    // Of a single sample nothing can be held back.
    const from = training < to ? training : 0;
    const error = new Float64Array(channels);
    for (let start = from; start < to; start += BATCH) {
      await this.bench.pause();
      const end = Math.min(to, start + BATCH);
      const e = this.layer.errors(this.layer.forward(start, end), start, end);
      for (let i = 0; i < e.length; i++) error[i % channels] += e[i] * e[i];
    }
    const better = error.map((v, c) => (v < this.bestError[c] ? 1 : 0));
    this.bestError = this.bestError.map((v, c) => Math.min(v, error[c]));
    for (const { tile, best } of this.members) {
      const { weights, preload } = tile.integers;
      for (let j = 0; j < tile.columns; j++) {
        if (better[this.layer.channelOf(tile.op.output.signal, tile.op.output.channel + j)] === 0) continue;
        for (let i = j; i < weights.length; i += tile.columns) best.weights[i] = weights[i];
        if (preload !== null && best.preload !== null) best.preload[j] = preload[j];
      }
    }
  }

  private step(step: number): void {
    const { options, batches, layer } = this;
    const { training } = layer;
    const b = (step - 1) % batches;
    const from = Math.floor((b * training) / batches);
    const to = Math.floor(((b + 1) * training) / batches);
    const outputs = layer.forward(from, to);
    const e = layer.errors(outputs, from, to);
    const decay = 0.5 + 0.5 * cosine((step - 1) / options.steps);
    // By inner signal: what the error's derivative with respect to its codes is, [rows x channels].
    const back = new Map<number, Float32Array>();
    for (let m = this.members.length - 1; m >= 0; m--) {
      const member = this.members[m];
      const d = member.final ? finalDerivative(layer, member, outputs[m], e, to - from) : innerDerivative(layer, member, outputs[m], back, to - from);
      passBack(layer, member, d, back, to - from);
      this.learn(member, d, from, to, decay, step);
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
    const { bench, layer: { training } } = this;
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

/** cos(pi * t) for t in 0..1, to about 1e-3, by the formula of Bhaskara I: the same on every engine. */
function cosine(t: number): number {
  const bhaskara = (u: number): number => (1 - 4 * u * u) / (1 + u * u);
  return t <= 0.5 ? bhaskara(t) : -bhaskara(1 - t);
}
