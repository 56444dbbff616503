/**
 * The positions of a step, cut into chunks of rows whose results lie at one pitch. One object for all steps, and no callbacks: what closures and lists
 * leave behind at every chunk keeps the collector of garbage busy, and the cores that it takes.
 */
import type { EnginePlan, MaximumStep, TileStep } from './plan.js';

/** Kernels take this many rows at once, or a divisor of it. */
const ROW_GROUP = 8;

/** More rows than any step has; a finite number, which stays an integer of the engine. */
export const ALL_ROWS = 2 ** 30;

export class Chunks {
  /** First row of the chunk (row = sample * positions + position), its rows, and the byte where their results begin. */
  row = 0;
  count = 0;
  y = 0;

  private firstRow = 0;
  private line = 0;
  private lines = 0;
  private at = 0;
  private size = 0;
  /** Rows of a line: of all samples where the results cover their map, else of one line of positions. */
  private length = 0;
  private whole = false;
  private positions: readonly [number, number] = [0, 0];
  private shape: readonly [number, number, number] = [0, 0, 0];
  private origin: readonly [number, number] = [0, 0];
  private start = 0;
  private pitch = 0;

  /** `base`: byte address of the arena. */
  constructor(private readonly plan: EnginePlan, private readonly base: number) {}

  /** Begins with the rows of samples `first`..`first + samples - 1`, at most `most` at a time. */
  over({ positions, output }: TileStep | MaximumStep, first: number, samples: number, most: number): this {
    const { signals, offsets, elementBytes } = this.plan;
    const { shape } = signals[output.signal];
    const lines = positions[0];
    const across = positions[1];
    this.positions = positions;
    this.shape = shape;
    this.origin = output.origin;
    this.start = this.base + offsets[output.signal] + output.channel * elementBytes;
    this.pitch = shape[2] * elementBytes;
    this.whole = lines === shape[0] && across === shape[1];
    this.length = this.whole ? samples * lines * across : across;
    this.lines = this.whole ? 1 : samples * lines;
    // Chunks of nearly one size, in whole groups of rows that kernels take at once.
    this.size = Math.ceil(this.length / Math.ceil(this.length / most) / ROW_GROUP) * ROW_GROUP;
    this.firstRow = first * lines * across;
    this.line = 0;
    this.at = 0;
    return this;
  }

  /** Goes to the next chunk; whether there is one. */
  next(): boolean {
    if (this.at >= this.length) {
      this.at = 0;
      this.line++;
    }
    if (this.line >= this.lines) return false;
    const row = this.firstRow + this.line * this.length;
    this.row = row + this.at;
    this.count = Math.min(this.size, this.length - this.at);
    this.y = this.start + ((this.whole ? row : this.placeOf(row)) + this.at) * this.pitch;
    this.at += this.size;
    return true;
  }

  /** Place among the results, counted in positions, of a row that begins a line. */
  private placeOf(row: number): number {
    const line = row / this.positions[1];
    const lines = this.positions[0];
    return (Math.floor(line / lines) * this.shape[0] + this.origin[0] + (line % lines)) * this.shape[1] + this.origin[1];
  }
}
