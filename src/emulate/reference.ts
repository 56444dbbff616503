/**
 * The slow reference of a core-op network: every signal's codes, by plain loops from the format page and spec/chips.md, with the arithmetic
 * references of `src/chip/arithmetic`. It shares nothing with the engine, and is what the engine is compared with.
 */
import type { CoreGraph, MapShape, MaximumOp, Op, PermuteOp, WireOp, CoreOp } from '../cores/types.js';
import { fail } from '../diagnostics.js';
import { codeOfZero, destination, gatherRows } from './reference/gather.js';
import { floatRows, integerRows } from './reference/tile.js';

export type ReferenceCodes = Int16Array | Float32Array;

/** One signal for the whole batch, [batch x height x width x channels], and how many of its codes are there. */
interface Held {
  readonly shape: MapShape;
  readonly codes: ReferenceCodes;
  written: number;
}

/**
 * Codes of all signals, by signal: [batch x height x width x channels]. `input`: codes of the input signal in that order. Refuses (T401) a
 * core-op beyond the chip's limits, and an order in which a signal is read before it is complete.
 */
export function referenceRun(graph: CoreGraph, input: ReferenceCodes, batch: number): Map<number, ReferenceCodes> {
  return new ReferenceRun(graph, batch).run(input);
}

class ReferenceRun {
  private readonly held: readonly Held[];

  constructor(private readonly graph: CoreGraph, private readonly batch: number) {
    this.held = graph.signals.map(({ shape, code }): Held => {
      const size = batch * shape[0] * shape[1] * shape[2];
      return { shape, codes: code === null ? new Float32Array(size) : new Int16Array(size), written: 0 };
    });
  }

  run(input: ReferenceCodes): Map<number, ReferenceCodes> {
    const first = this.signal(this.graph.input);
    if (input.length !== first.codes.length) {
      fail('T302', 'input', `${input.length} codes`, { limit: `${first.codes.length} for a batch of ${this.batch}` });
    }
    first.codes.set(input);
    first.written = input.length;
    for (const op of this.graph.ops) this.execute(op);
    return new Map(this.held.map(({ codes }, id): [number, ReferenceCodes] => [id, codes]));
  }

  private execute(op: Op): void {
    switch (op.kind) {
      case 'core':
        return this.core(op);
      case 'maximum':
        return this.maximum(op);
      case 'wire':
        return this.wire(op);
      case 'permute':
        return this.permute(op);
    }
  }

  private signal(id: number): Held {
    const held = this.held[id];
    if (held === undefined) throw new RangeError(`no signal ${id}`);
    return held;
  }

  /** A signal to read from: all of it must have been written. */
  private complete(id: number, reader: string): Held {
    const held = this.signal(id);
    if (held.written !== held.codes.length) {
      fail('T401', reader, `reads signal ${this.graph.signals[id]?.name ?? id}, of which ${held.written} codes were written`, {
        limit: `all ${held.codes.length} codes, once`,
      });
    }
    return held;
  }

  /** The rows of one sample at all positions, [positions x rows]. */
  private rows(op: CoreOp | MaximumOp, sample: number): Float64Array {
    return gatherRows(op, this.graph.signals, (id) => this.complete(id, op.name).codes, sample);
  }

  private core(op: CoreOp): void {
    const { chip, signals } = this.graph;
    for (let sample = 0; sample < this.batch; sample++) {
      const rows = this.rows(op, sample);
      const results = chip.arithmetic.kind === 'float' ? floatRows(op, rows) : integerRows(op, rows, chip, signals);
      this.place(op, sample, results, op.columns);
    }
  }

  private maximum(op: MaximumOp): void {
    const [first] = op.gathers;
    if (first === undefined) throw new RangeError(`${op.name} takes nothing`);
    const channels = first.channels[1] - first.channels[0];
    const taps = op.gathers.reduce((n, g) => n + g.kernel[0] * g.kernel[1], 0);
    const { pooling } = this.graph.chip;
    const arity = pooling === null ? 0 : pooling.arity ?? taps;
    if (taps > arity) fail('T401', op.name, `maximum of ${taps} codes`, { limit: `${arity} codes` });
    const positions = op.positions[0] * op.positions[1];
    for (let sample = 0; sample < this.batch; sample++) {
      const rows = this.rows(op, sample);
      const results = new Float64Array(positions * channels).fill(Number.NEGATIVE_INFINITY);
      for (let p = 0; p < positions; p++) {
        for (let t = 0; t < taps; t++) {
          for (let c = 0; c < channels; c++) {
            const at = p * channels + c;
            results[at] = Math.max(results[at] as number, rows[(p * taps + t) * channels + c] as number);
          }
        }
      }
      this.place(op, sample, results, channels);
    }
  }

  /** Writes results [positions x columns] of one sample to an op's destination. Refuses (T401) what is no code of the signal. */
  private place(op: CoreOp | MaximumOp, sample: number, results: ArrayLike<number>, columns: number): void {
    const { signal } = op.output;
    const target = this.signal(signal);
    const code = this.graph.signals[signal]?.code ?? null;
    for (let y = 0; y < op.positions[0]; y++) {
      for (let x = 0; x < op.positions[1]; x++) {
        for (let j = 0; j < columns; j++) {
          const value = results[(y * op.positions[1] + x) * columns + j] as number;
          if (code !== null && (value < code.lo || value > code.hi)) {
            fail('T401', op.name, `output code ${value}`, { limit: `${code.lo}..${code.hi}` });
          }
          target.codes[destination(op, this.graph.signals, sample, y, x, j)] = value;
          target.written++;
        }
      }
    }
  }

  private wire(op: WireOp): void {
    const target = this.signal(op.output);
    const [height, width, channels] = target.shape;
    target.codes.forEach((_, i) => (target.codes[i] = codeOfZero(this.graph.signals, op.output, i % channels)));
    for (let sample = 0; sample < this.batch; sample++) {
      for (const { signal, from, step, size, to } of op.pieces) {
        const source = this.complete(signal, op.name);
        const [h, w, c] = source.shape;
        for (let y = 0; y < size[0]; y++) {
          for (let x = 0; x < size[1]; x++) {
            for (let k = 0; k < size[2]; k++) {
              const read = ((sample * h + from[0] + y * step[0]) * w + from[1] + x * step[1]) * c + from[2] + k * step[2];
              const write = ((sample * height + to[0] + y) * width + to[1] + x) * channels + to[2] + k;
              target.codes[write] = source.codes[read] as number;
            }
          }
        }
      }
    }
    target.written = target.codes.length;
  }

  private permute(op: PermuteOp): void {
    const source = this.complete(op.signal, op.name);
    const target = this.signal(op.output);
    const size = op.view.reduce((a, b) => a * b, 1);
    const shape = op.axes.map((a) => op.view[a] as number);
    for (let i = 0; i < size; i++) {
      const index = new Array<number>(op.view.length).fill(0);
      let rest = i;
      for (let d = shape.length - 1; d >= 0; d--) {
        const extent = shape[d] as number;
        index[op.axes[d] as number] = rest % extent;
        rest = Math.floor(rest / extent);
      }
      const from = op.view.reduce((at, extent, d) => at * extent + (index[d] as number), 0);
      for (let sample = 0; sample < this.batch; sample++) target.codes[sample * size + i] = source.codes[sample * size + from] as number;
    }
    target.written = target.codes.length;
  }
}
