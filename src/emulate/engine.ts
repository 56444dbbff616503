/** Runs an engine plan over an arena: one thread, any batch up to the plan's. */
import type { Codes, KeptCodes } from '../cores/types.js';
import { frameMap, moveStretch, writeGrid, type PlacedStretch } from '../kernels/collect.js';
import { fill, gather, maximum, copyBox } from '../kernels/gather.js';
import { kernelByName, mapKernelByName } from '../kernels/table.js';
import type { CoreKernel, KernelExports, MapKernel } from '../kernels/types.js';
import { applyFloatFunction } from './float-function.js';
import type { CollectPlan, EnginePlan, GatherStep, MapStep, MaximumStep, PermuteStep, Step, TileStep, WireStep } from './plan.js';

/** Kernels take this many rows at once, or a divisor of it. */
const ROW_GROUP = 8;

export class Engine {
  private readonly kernels: readonly (CoreKernel | MapKernel | null)[];

  /** `base`: byte address of `plan.arenaBytes` bytes that belong to this engine alone. */
  constructor(readonly plan: EnginePlan, private readonly memory: WebAssembly.Memory, private readonly exports: KernelExports, private readonly base: number) {
    this.kernels = plan.steps.map(kernelOf);
    this.describe();
  }

  /** Runs `batch` samples; `input`: codes of the input signal, [batch x height x width x channels]. Results stay in the arena for `read`. */
  run(input: Codes, batch: number): void {
    this.load(this.plan.input, input, batch);
    this.execute(batch);
  }

  /** Puts the codes of a signal into the arena: one that no step writes, or one whose steps have run. */
  load(signal: number, codes: KeptCodes, batch: number): void {
    const { plan } = this;
    if (batch > plan.batch || codes.length !== batch * plan.sizes[signal]) {
      throw new RangeError(`${codes.length} codes for ${batch} samples of ${plan.sizes[signal]}, batch at most ${plan.batch}`);
    }
    this.view(signal, batch).set(codes);
  }

  /** Runs the steps from `from` on, one for each op, on what is loaded and what earlier steps gave. */
  execute(batch: number, from = 0): void {
    for (let i = from; i < this.plan.steps.length; i++) this.step(this.plan.steps[i], this.kernels[i], batch);
  }

  /** Codes of a signal after `run`, as a copy; the plan must hold it. */
  read(signal: number, batch: number): Codes {
    if (this.plan.offsets[signal] < 0) throw new RangeError(`signal ${signal} is not held`);
    return this.view(signal, batch).slice();
  }

  private address(signal: number): number {
    return this.base + this.plan.offsets[signal];
  }

  private view(signal: number, batch: number): Codes {
    const length = this.plan.sizes[signal] * batch;
    const { buffer } = this.memory;
    return this.plan.elementBytes === 2 ? new Int16Array(buffer, this.address(signal), length) : new Float32Array(buffer, this.address(signal), length);
  }

  private step(step: Step, kernel: CoreKernel | MapKernel | null, batch: number): void {
    switch (step.kind) {
      case 'tile':
        this.tile(step, kernel as CoreKernel, batch);
        return;
      case 'map':
        this.map(step, kernel as MapKernel, batch);
        return;
      case 'maximum':
        this.maximum(step, batch);
        return;
      case 'wire':
        this.wire(step, batch);
        return;
      case 'permute':
        this.permute(step, batch);
        return;
      case 'none':
    }
  }

  private tile(step: TileStep, kernel: CoreKernel, batch: number): void {
    const { plan, exports } = this;
    const b = plan.elementBytes;
    const scratch = this.base + plan.kernelScratch;
    const [, , pitchOut] = plan.signals[step.output.signal].shape;
    if (step.direct) {
      const [g] = step.gathers;
      const x = this.address(g.signal) + (g.kernel[0] === 1 && g.kernel[1] === 1 ? g.from * b : 0);
      this.eachRun(step, 0, batch, Number.POSITIVE_INFINITY, (row, count, y) => {
        kernel.run(step.tile, exports, x + row * step.pitch * b, step.pitch, count, y, pitchOut, scratch);
      });
    } else {
      if (step.collect === null) this.fillConstants(step, this.base + plan.rowScratch);
      this.eachChunk(step, batch, (x, count, y) => kernel.run(step.tile, exports, x, step.pitch, count, y, pitchOut, scratch));
    }
    if (step.function !== null) applyFloatFunction(step.function, this.view(step.output.signal, batch), pitchOut, step.output.channel, step.columns);
  }

  private map({ gathers, tile, positions, output }: MapStep, kernel: MapKernel, batch: number): void {
    const { plan } = this;
    const b = plan.elementBytes;
    const windows = gathers.map((g) => {
      const { shape } = plan.signals[g.signal];
      return { ...g, map: this.address(g.signal), sampleStep: plan.sizes[g.signal] * b, shape };
    });
    const [, width, channels] = plan.signals[output.signal].shape;
    const [top, left] = output.origin;
    const y = {
      address: this.address(output.signal) + ((top * width + left) * channels + output.channel) * b, sampleStep: plan.sizes[output.signal] * b,
      lineStep: width * channels * b, columnStep: channels * b, positions,
    };
    kernel.run(tile, this.exports, this.memory, windows, y, batch, this.base + plan.kernelScratch);
  }

  /** Brings the rows of all samples to byte `x`, a chunk at a time, and calls `run` for each. */
  private eachChunk(step: TileStep | MaximumStep, batch: number, run: (x: number, count: number, y: number) => void): void {
    const { plan, exports } = this;
    const x = this.base + plan.rowScratch;
    const pitch = step.pitch * plan.elementBytes;
    const { collect } = step;
    if (collect === null) {
      this.eachRun(step, 0, batch, step.chunk, (row, count, y) => {
        for (const g of step.gathers) this.gather(g, step, row, count, x + g.column * plan.elementBytes);
        run(x, count, y);
      });
      return;
    }
    const grid = this.base + collect.grid;
    const samples = collect.windows.some((w) => w.frame !== null) ? collect.framed : batch;
    for (let first = 0; first < batch; first += samples) {
      const taken = Math.min(samples, batch - first);
      this.frame(step, collect, first, taken);
      this.eachRun(step, first, taken, step.chunk, (row, count, y) => {
        exports.collect(grid, row, count, x, pitch);
        run(x, count, y);
      });
    }
  }

  /** Makes the framed copies of samples `first`..`first + count - 1`; the grid's description, which counts all samples, learns where they lie. */
  private frame(step: TileStep | MaximumStep, { grid, windows }: CollectPlan, first: number, count: number): void {
    const { plan, exports } = this;
    const b = plan.elementBytes;
    let stretch = 0;
    windows.forEach(({ frame, frameBytes, stretches, at }, i) => {
      if (frame !== null) {
        const g = step.gathers[i];
        const place = this.base + plan.frameScratch + at;
        for (let n = 0; n < count; n++) {
          const map = this.address(g.signal) + (first + n) * plan.sizes[g.signal] * b;
          frameMap(exports, b, map, plan.signals[g.signal].shape, g, frame, place + n * frameBytes);
        }
        const words = this.gridView(grid);
        stretches.forEach(({ offset }, k) => moveStretch(words, stretch + k, place - first * frameBytes + offset));
      }
      stretch += stretches.length;
    });
  }

  /** The part of the arena that a grid's description starts. */
  private gridView(grid: number): Int32Array {
    return new Int32Array(this.memory.buffer, this.base + grid, (this.plan.frameScratch - grid) / 4);
  }

  /** Describes the rows of all steps, once. */
  private describe(): void {
    const { plan } = this;
    const b = plan.elementBytes;
    for (const step of plan.steps) {
      if ((step.kind !== 'tile' && step.kind !== 'maximum') || step.collect === null) continue;
      const { windows, grid, constants } = step.collect;
      const stretches = windows.flatMap((w, i) => w.stretches.map((s): PlacedStretch => {
        const { signal } = step.gathers[i];
        if (w.frame !== null) return { ...s, address: this.base + plan.frameScratch + w.at + s.offset, sampleStep: w.frameBytes };
        return { ...s, address: this.address(signal) + s.offset, sampleStep: plan.sizes[signal] * b };
      }));
      if (constants !== null) stretches.push({ ...constants, offset: 0, lineStep: 0, columnStep: 0, sampleStep: 0 });
      writeGrid(this.gridView(grid), step.positions, stretches);
    }
  }

  /**
   * Calls `run` for stretches of at most `most` rows (row = sample * positions + position) of samples `first`..`first + samples - 1`, whose results lie at
   * one pitch from byte `y` on.
   */
  private eachRun(
    step: TileStep | MaximumStep, first: number, samples: number, most: number, run: (row: number, count: number, y: number) => void,
  ): void {
    const { plan } = this;
    const [h, w, c] = plan.signals[step.output.signal].shape;
    const [ph, pw] = step.positions;
    const [oy, ox] = step.output.origin;
    const start = this.address(step.output.signal) + step.output.channel * plan.elementBytes;
    const whole = ph === h && pw === w;
    const stretch = whole ? samples * ph * pw : pw;
    const lines = whole ? 1 : samples * ph;
    // Chunks of nearly one size, in whole groups of rows that kernels take at once.
    const chunk = Math.ceil(stretch / Math.ceil(stretch / most) / ROW_GROUP) * ROW_GROUP;
    for (let line = 0; line < lines; line++) {
      const row = first * ph * pw + line * stretch;
      const target = whole ? row : (Math.floor(row / pw / ph) * h + oy + ((row / pw) % ph)) * w + ox;
      for (let i = 0; i < stretch; i += chunk) {
        run(row + i, Math.min(chunk, stretch - i), start + (target + i) * c * plan.elementBytes);
      }
    }
  }

  private fillConstants(step: TileStep, x: number): void {
    if (step.constantRows === 0) return;
    const view = new Int16Array(this.memory.buffer, x, step.chunk * step.pitch);
    for (let r = 0; r < step.chunk; r++) {
      const from = r * step.pitch + step.rows;
      view.fill(step.constantCode, from, from + step.constantRows);
    }
  }

  private gather(g: GatherStep, step: TileStep | MaximumStep, row: number, count: number, to: number): void {
    const { plan, exports } = this;
    const b = plan.elementBytes;
    const [height, width, channels] = plan.signals[g.signal].shape;
    const positions = step.positions[0] * step.positions[1];
    const bytes = plan.sizes[g.signal] * b;
    let done = 0;
    while (done < count) {
      const sample = Math.floor((row + done) / positions);
      const p0 = row + done - sample * positions;
      const n = Math.min(positions - p0, count - done);
      gather(exports, plan.twin, {
        map: this.address(g.signal) + sample * bytes, elementBytes: b, height, width, channels, from: g.from, to: g.to, kernel: g.kernel,
        stride: g.stride, dilation: g.dilation, origin: g.origin, gridWidth: step.positions[1], fill: g.fill,
      }, p0, p0 + n, to + done * step.pitch * b, step.pitch);
      done += n;
    }
  }

  private maximum(step: MaximumStep, batch: number): void {
    const { plan, exports } = this;
    const [, , pitchOut] = plan.signals[step.output.signal].shape;
    this.eachChunk(step, batch, (x, count, y) => maximum(exports, plan.twin, plan.elementBytes, x, step.pitch, count, step.taps, step.columns, y, pitchOut));
  }

  private wire(step: WireStep, batch: number): void {
    const { plan, exports } = this;
    const b = plan.elementBytes;
    if (step.blank !== 0) this.blank(step, batch);
    for (let n = 0; n < batch; n++) {
      const to = this.address(step.output) + n * plan.sizes[step.output] * b;
      for (const p of step.pieces) {
        copyBox(exports, plan.twin, {
          elementBytes: b, from: this.address(p.signal) + (n * plan.sizes[p.signal] + p.fromElement) * b, to: to + p.toElement * b,
          size: p.size, fromStride: p.fromStride, toStride: p.toStride,
        });
      }
    }
  }

  /** Every position of the output gets the codes of 0. */
  private blank(step: WireStep, batch: number): void {
    const { plan } = this;
    const b = plan.elementBytes;
    const [, , channels] = plan.signals[step.output].shape;
    const view = this.view(step.output, batch);
    const codes = b === 2 ? new Int16Array(this.memory.buffer, step.blank, channels) : new Float32Array(this.memory.buffer, step.blank, channels);
    if (codes.every((v) => v === codes[0])) {
      fill(this.exports, b, this.address(step.output), view.length, codes[0]);
      return;
    }
    for (let i = 0; i < view.length; i += channels) view.set(codes, i);
  }

  private permute(step: PermuteStep, batch: number): void {
    const from = this.view(step.signal, batch);
    const to = this.view(step.output, batch);
    const size = step.order.length;
    for (let n = 0; n < batch; n++) {
      for (let i = 0; i < size; i++) to[n * size + i] = from[n * size + step.order[i]];
    }
  }
}

function kernelOf(step: Step): CoreKernel | MapKernel | null {
  if (step.kind === 'tile') return kernelByName(step.tile.kernel);
  return step.kind === 'map' ? mapKernelByName(step.tile.kernel) : null;
}
