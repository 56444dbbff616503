/** The rows of a step, brought together from the maps that it reads: in chunks that stay in the cache. */
import { frameMap, moveStretch, writeGrid, type PlacedStretch, type Stretch } from '../kernels/collect.js';
import { gather } from '../kernels/gather.js';
import type { KernelExports } from '../kernels/types.js';
import { Chunks } from './chunks.js';
import type { CollectPlan, EnginePlan, GatherStep, MaximumStep, TileStep } from './plan.js';

export class Rows {
  /** The chunk whose rows are there now. */
  readonly chunk: Chunks;
  /** Byte where they begin. */
  readonly x: number;

  private step: TileStep | MaximumStep | null = null;
  /** Samples of the batch, and the first of those whose frames are not made yet. */
  private batch = 0;
  private samples = 0;

  /** `base`: byte address of the arena. */
  constructor(
    private readonly plan: EnginePlan, private readonly memory: WebAssembly.Memory, private readonly exports: KernelExports, private readonly base: number,
  ) {
    this.chunk = new Chunks(plan, base);
    this.x = base + plan.rowScratch;
    this.describe();
  }

  /** Begins with the rows of the first samples of a batch. */
  over(step: TileStep | MaximumStep, batch: number): this {
    this.step = step;
    this.batch = batch;
    this.samples = 0;
    if (step.collect === null) {
      if (step.kind === 'tile') this.fillConstants(step);
      this.chunk.over(step, 0, batch, step.chunk);
    } else this.frameNext(step, step.collect);
    return this;
  }

  /** Brings the rows of the next chunk to `x`; whether there is one. */
  next(): boolean {
    const { step, chunk, plan } = this;
    if (step === null) return false;
    while (!chunk.next()) {
      if (step.collect === null || this.samples >= this.batch) return false;
      this.frameNext(step, step.collect);
    }
    if (step.collect !== null) {
      this.exports.collect(this.base + step.collect.grid, chunk.row, chunk.count, this.x, step.pitch * plan.elementBytes);
      return true;
    }
    for (const g of step.gathers) this.gather(g, step, chunk.row, chunk.count, this.x + g.column * plan.elementBytes);
    return true;
  }

  private address(signal: number): number {
    return this.base + this.plan.offsets[signal];
  }

  /** Goes on to the next samples, as many as there is room for framed copies of. */
  private frameNext(step: TileStep | MaximumStep, collect: CollectPlan): void {
    const first = this.samples;
    const most = collect.windows.some(({ frame }) => frame !== null) ? collect.framed : this.batch;
    const count = Math.min(most, this.batch - first);
    this.samples = first + count;
    this.frame(step, collect, first, count);
    this.chunk.over(step, first, count, step.chunk);
  }

  /**
   * Makes the framed copies of samples `first`..`first + count - 1`; the grid's description, which counts all samples, learns where they lie if that is not
   * the same for all batches.
   */
  private frame(step: TileStep | MaximumStep, { grid, windows, framed }: CollectPlan, first: number, count: number): void {
    const { plan, exports } = this;
    const b = plan.elementBytes;
    let stretch = 0;
    for (let i = 0; i < windows.length; i++) {
      const { frame, frameBytes, stretches, at } = windows[i];
      if (frame !== null) {
        const g = step.gathers[i];
        const place = this.base + plan.frameScratch + at;
        for (let n = 0; n < count; n++) {
          const map = this.address(g.signal) + (first + n) * plan.sizes[g.signal] * b;
          frameMap(exports, b, map, plan.signals[g.signal].shape, g, frame, place + n * frameBytes);
        }
        if (framed < plan.batch) this.move(grid, stretch, stretches, place - first * frameBytes);
      }
      stretch += stretches.length;
    }
  }

  /** Frames whose sample 0 would lie at byte `at` have these stretches, the first of them the `from`-th of the grid. */
  private move(grid: number, from: number, stretches: readonly Stretch[], at: number): void {
    const words = this.gridView(grid);
    for (let k = 0; k < stretches.length; k++) moveStretch(words, from + k, at + stretches[k].offset);
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

  private fillConstants(step: TileStep): void {
    if (step.constantRows === 0) return;
    const view = new Int16Array(this.memory.buffer, this.x, step.chunk * step.pitch);
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
}
