/** A layer while its weights are trained: its tiles with their rows, the codes that they give, and how far the layer's output is from what it could be. */
import { channelOfCopy, copyAt } from '../cores/copies.js';
import { stepOf, zeroOf } from '../cores/scales.js';
import type { Code, CoreOp, Gather } from '../cores/types.js';
import type { EdgeSamples } from '../encode/types.js';
import { float32View } from '../kernels/memory.js';
import type { LayerBench } from './layer-bench.js';
import { TrainedTile } from './trained-tile.js';
import type { Rows, Workbench } from './workbench.js';

export interface Member {
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

export class TrainedLayer {
  readonly members: Member[] = [];
  readonly bench: Workbench;
  /** Values of the output of a row. */
  readonly channels: number;
  private readonly innerSignals: ReadonlySet<number>;
  readonly outputCode: Code;

  /** `golden`: rows of which training sees the first `training`. `sum`: code of the last sum before its table. */
  constructor(private readonly layer: LayerBench, readonly golden: EdgeSamples, readonly training: number, private readonly sum: Code) {
    this.bench = layer.bench;
    this.channels = golden.edge.shape[0];
    this.innerSignals = new Set(layer.partials.flatMap((s) => s.signals));
    this.outputCode = layer.codeOf(layer.draft.output);
  }

  /** Fills `members`. */
  async prepare(): Promise<void> {
    const { bench, layer } = this;
    const none = new Map([...this.innerSignals].map((s): [number, Int16Array] => (
      [s, new Int16Array(this.golden.positions.length * bench.expansion.signals[s].shape[2])])));
    for (const stage of layer.draft.stages) {
      for (const draft of stage.tiles) {
        await bench.pause();
        const op = layer.op(draft);
        const final = stage.kind === 'final';
        const code = final ? this.sum : layer.codeOf(op.output.signal);
        const inner = (g: Gather): boolean => this.innerSignals.has(g.signal);
        const tile = new TrainedTile(op, layer.real(draft), bench.stage, bench.expansion.signals, code, inner, layer.forms.get(draft.op) ?? null);
        const rows = bench.rows(op, this.golden, none);
        const columnwise = tile.trains ? this.transpose(tile, rows) : 0;
        const curve = final && !layer.plain ? op.table : null;
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
  channelOf(signal: number, channel: number): number {
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

  /** Codes of every tile on rows `from`..`to - 1`, in order of execution. */
  forward(from: number, to: number): Int16Array[] {
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

  private placeInner(op: CoreOp, codes: Int16Array, made: Map<number, Int16Array>, count: number): void {
    const { signal } = op.output;
    const all = made.get(signal) ?? new Int16Array(count * this.bench.expansion.signals[signal].shape[2]);
    made.set(signal, all);
    this.layer.place(op, codes, all);
  }

  /** Decoded outputs minus what the chip could give at best, [rows x channels]. */
  errors(outputs: readonly Int16Array[], from: number, to: number): Float32Array {
    const { channels, outputCode: code } = this;
    const count = to - from;
    const signal = this.bench.expansion.signals[this.layer.draft.output];
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
}
