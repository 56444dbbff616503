/** Runs an engine plan over an arena: one thread, any batch up to the plan's. */
import type { Codes, KeptCodes } from '../cores/types.js';
import { fill, maximum, copyBox } from '../kernels/gather.js';
import { kernelByName, mapKernelByName } from '../kernels/table.js';
import type { CoreKernel, KernelExports, MapKernel, PlacedGrid, PlacedWindow } from '../kernels/types.js';
import { ALL_ROWS, Chunks } from './chunks.js';
import { applyFloatFunction } from './float-function.js';
import type { EnginePlan, MapStep, MaximumStep, PermuteStep, Step, TileStep, WireStep } from './plan.js';
import { Rows } from './rows.js';

/** Where a kernel that reads maps finds them, and where its results go. */
interface PlacedMap {
  readonly windows: readonly PlacedWindow[];
  readonly y: PlacedGrid;
}

export class Engine {
  private readonly kernels: readonly (CoreKernel | MapKernel | null)[];
  private readonly maps: ReadonlyMap<MapStep, PlacedMap>;
  private readonly chunks: Chunks;
  private readonly rows: Rows;

  /** `base`: byte address of `plan.arenaBytes` bytes that belong to this engine alone. */
  constructor(readonly plan: EnginePlan, private readonly memory: WebAssembly.Memory, private readonly exports: KernelExports, private readonly base: number) {
    this.kernels = plan.steps.map(kernelOf);
    this.maps = new Map(plan.steps.flatMap((step) => (step.kind === 'map' ? [[step, this.placed(step)]] : [])));
    this.chunks = new Chunks(plan, base);
    this.rows = new Rows(plan, memory, exports, base);
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
        this.map(step, kernel as MapKernel, this.maps.get(step) as PlacedMap, batch);
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
    const { plan, exports, chunks, rows } = this;
    const b = plan.elementBytes;
    const scratch = this.base + plan.kernelScratch;
    const pitchOut = plan.signals[step.output.signal].shape[2];
    if (step.direct) {
      const [g] = step.gathers;
      const x = this.address(g.signal) + (g.kernel[0] === 1 && g.kernel[1] === 1 ? g.from * b : 0);
      chunks.over(step, 0, batch, ALL_ROWS);
      while (chunks.next()) kernel.run(step.tile, exports, x + chunks.row * step.pitch * b, step.pitch, chunks.count, chunks.y, pitchOut, scratch);
    } else {
      const { x, chunk } = rows.over(step, batch);
      while (rows.next()) kernel.run(step.tile, exports, x, step.pitch, chunk.count, chunk.y, pitchOut, scratch);
    }
    if (step.function !== null) applyFloatFunction(step.function, this.view(step.output.signal, batch), pitchOut, step.output.channel, step.columns);
  }

  private map({ tile }: MapStep, kernel: MapKernel, { windows, y }: PlacedMap, batch: number): void {
    kernel.run(tile, this.exports, this.memory, windows, y, batch, this.base + this.plan.kernelScratch);
  }

  private placed({ gathers, positions, output }: MapStep): PlacedMap {
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
    return { windows, y };
  }

  private maximum(step: MaximumStep, batch: number): void {
    const { plan, exports, rows } = this;
    const [, , pitchOut] = plan.signals[step.output.signal].shape;
    const { x, chunk } = rows.over(step, batch);
    while (rows.next()) maximum(exports, plan.twin, plan.elementBytes, x, step.pitch, chunk.count, step.taps, step.columns, chunk.y, pitchOut);
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
