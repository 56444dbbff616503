/**
 * Whether a core-op network is well formed, whatever its chip: ids, shapes and regions, and every element of every signal written once before it
 * is read. What passes here can be planned and run without further checks of bounds.
 */
import type { Diagnostic } from '../diagnostics.js';
import { hostProblem } from './host-checks.js';
import { gatheredRows } from './scales.js';
import type { Code, CoreGraph, Destination, Gather, MapShape, Op, PermuteOp, Signal, WireOp } from './types.js';

/** Greatest number of elements of one signal, and of all together: far above real networks, far below what memory cannot hold. */
const SIGNAL_LIMIT = 2 ** 26;
const TOTAL_LIMIT = 2 ** 28;
/** Positions that gathers compute with stay in 32 bits. */
const COORDINATE_LIMIT = 2 ** 30;
/** Rows of one operation: the engine holds some of these at once. */
const ROW_LIMIT = 2 ** 22;

/** A box of elements of a map. */
interface Box {
  readonly from: MapShape;
  readonly size: MapShape;
}

/** Everything that is malformed, as errors T500; empty if nothing is. */
export function checkStructure(graph: CoreGraph): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const report = (place: string, message: string, limit?: string): void => {
    diagnostics.push({ code: 'T500', severity: 'error', place, message, ...(limit === undefined ? {} : { limit }) });
  };
  checkSignals(graph.signals, report);
  for (const [what, id] of [['input', graph.input], ['output', graph.output]] as const) {
    if (!isSignal(graph, id)) report(what, `signal ${id}`, `0..${graph.signals.length - 1}`);
  }
  graph.ops.forEach((op, i) => new OpCheck(graph, op, `operation ${i} (${op.name})`, report).run());
  // Regions are compared only where all of them are sound.
  if (diagnostics.length === 0) {
    checkEdges(graph, report);
    checkWrites(graph, report);
  }
  return diagnostics;
}

type Report = (place: string, message: string, limit?: string) => void;

function isSignal(graph: CoreGraph, id: number): boolean {
  return Number.isInteger(id) && id >= 0 && id < graph.signals.length;
}

/** Elements of a map. */
export function volume([h, w, c]: MapShape): number {
  return h * w * c;
}

function checkSignals(signals: readonly Signal[], report: Report): void {
  const names = new Set<string>();
  let total = 0;
  for (const { name, shape, code, copies, segments = 1, digits } of signals) {
    const place = `signal ${name}`;
    if (names.has(name)) report(place, 'two signals have this name', 'a name for each');
    names.add(name);
    const size = volume(shape);
    if (!shape.every((n) => Number.isInteger(n) && n >= 1) || size > SIGNAL_LIMIT) {
      report(place, `shape [${shape.join(', ')}]`, `sizes from 1 up, ${SIGNAL_LIMIT} elements`);
      continue;
    }
    total += size;
    if (!Number.isInteger(copies) || copies < 1 || shape[2] % copies !== 0) {
      report(place, `${copies} copies in ${shape[2]} channels`, 'a divisor of the channels');
    }
    if (!Number.isInteger(segments) || segments < 1 || copies % segments !== 0 || (segments > 1 && (code === null || digits !== undefined))) {
      report(place, `${segments} segments in ${copies} copies`, 'a divisor of the copies, 1 without codes and of digits');
    }
    if (code !== null) checkCode(code, shape[2], place, report);
  }
  if (total > TOTAL_LIMIT) report('signals', `${total} elements in all`, `${TOTAL_LIMIT} elements`);
}

function checkCode({ lo, hi, step, zero }: Code, channels: number, place: string, report: Report): void {
  if (!(isInt16(lo) && isInt16(hi) && lo <= hi)) report(place, `codes ${lo}..${hi}`, 'within -32768..32767');
  if ((step.length !== 1 && step.length !== channels) || !step.every((s) => Number.isFinite(s) && s > 0)) {
    report(place, 'its steps', 'one, or one a channel, above 0');
  }
  if ((zero.length !== 1 && zero.length !== channels) || !zero.every((z) => Number.isInteger(z) && Math.abs(z) <= 2 ** 31)) {
    report(place, 'its zeros', 'one, or one a channel, integers of 32 bits');
  }
}

function isInt16(n: number): boolean {
  return Number.isInteger(n) && n >= -32768 && n <= 32767;
}

/** Shapes of the model's ends against their signals. */
function checkEdges(graph: CoreGraph, report: Report): void {
  const input = graph.signals[graph.input];
  const output = graph.signals[graph.output];
  const count = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);
  if (graph.inputShape[0] !== 1 || count(graph.inputShape) !== volume(input.shape) / input.copies) {
    report('input shape', `[${graph.inputShape.join(', ')}]`, `1, then ${volume(input.shape) / input.copies} elements`);
  }
  checkDigits(graph, report);
  if (graph.outputShape[0] !== 1 || count(graph.outputShape) !== volume(output.shape) / output.copies) {
    report('output shape', `[${graph.outputShape.join(', ')}]`, `1, then ${volume(output.shape) / output.copies} elements`);
  }
  const host = hostProblem(graph.hostOps, graph.outputShape);
  if (host !== null) report('host functions', host, 'functions of docs/format.md on an axis of the output');
}

/** Digits: of the input alone, which has no other copies. */
function checkDigits({ signals, input }: CoreGraph, report: Report): void {
  signals.forEach(({ name, digits, copies, code }, id) => {
    const place = `signal ${name}`;
    if (digits === undefined) {
      if (id === input && copies !== 1) report(place, `the input has ${copies} copies`, '1');
      return;
    }
    if (id !== input) return report(place, 'its values are two digits', 'digits of the input only');
    const levels = code === null ? 0 : code.hi - code.lo + 1;
    if (copies !== 2) report(place, `${copies} copies`, '2, where a value is two digits');
    if (digits < 2 || digits > levels) report(place, `digits to the base ${digits}`, `2..${levels}`);
  });
}

/** One operation by itself: its operands exist and its regions lie inside them. */
class OpCheck {
  constructor(private readonly graph: CoreGraph, private readonly op: Op, private readonly place: string, private readonly report: Report) {}

  run(): void {
    const { op } = this;
    switch (op.kind) {
      case 'core': {
        const rows = this.gathers(op.gathers, op.positions);
        if (!isCount(op.constantRows) || !isCount(op.columns) || op.columns < 1 || rows === null || rows + op.constantRows < 1) {
          return this.report(this.place, 'its rows and columns are malformed', 'at least one of each');
        }
        const wanted = (rows + op.constantRows) * op.columns;
        if (op.weights.length !== wanted) this.report(this.place, `${op.weights.length} weights`, `${wanted}, rows times columns`);
        if (op.preload !== null && op.preload.length !== op.columns) this.report(this.place, `${op.preload.length} preloads`, `${op.columns}, one a column`);
        return this.destination(op.output, op.positions, op.columns);
      }
      case 'maximum': {
        if (op.gathers.length === 0 || this.gathers(op.gathers, op.positions) === null) {
          return this.report(this.place, 'its gathers are malformed', 'at least one, inside its signal');
        }
        const widths = new Set(op.gathers.map((g) => g.channels[1] - g.channels[0]));
        if (widths.size > 1) this.report(this.place, 'its gathers take different numbers of channels', 'one number');
        return this.destination(op.output, op.positions, [...widths][0]);
      }
      case 'wire':
        return this.wire(op);
      case 'permute':
        return this.permute(op);
    }
  }

  /** Rows that the gathers give; `null` if they are malformed. */
  private gathers(gathers: readonly Gather[], positions: readonly [number, number]): number | null {
    if (!gathers.every((g) => this.gather(g, positions))) return null;
    const rows = gatheredRows(gathers);
    if (rows > ROW_LIMIT) this.report(this.place, `it gathers ${rows} rows`, `${ROW_LIMIT} rows`);
    return rows;
  }

  private gather(g: Gather, positions: readonly [number, number]): boolean {
    if (!isSignal(this.graph, g.signal)) {
      this.report(this.place, `it reads signal ${g.signal}`, `0..${this.graph.signals.length - 1}`);
      return false;
    }
    const signal = this.graph.signals[g.signal];
    const [from, to] = g.channels;
    const ok = isCount(from) && isCount(to) && from < to && to <= signal.shape[2]
      && [...g.kernel, ...g.stride, ...g.dilation, ...positions].every((n) => isCount(n) && n >= 1) && g.origin.every((n) => Number.isInteger(n))
      && [0, 1].every((d) => Math.abs(g.origin[d]) + positions[d] * g.stride[d] + g.kernel[d] * g.dilation[d] < COORDINATE_LIMIT)
      && (g.fill === null || (signal.code === null ? Number.isFinite(g.fill) : isInt16(g.fill)));
    if (!ok) this.report(this.place, `how it gathers from ${signal.name}`, `channels 0..${signal.shape[2]}, sizes from 1 up, positions of 30 bits`);
    return ok;
  }

  private destination({ signal, channel, origin }: Destination, positions: readonly [number, number], columns: number): void {
    this.inside(signal, { from: [origin[0], origin[1], channel], size: [positions[0], positions[1], columns] }, 'writes');
  }

  /** Reports a box that leaves its signal. */
  private inside(id: number, { from, size }: Box, does: string): void {
    if (!isSignal(this.graph, id)) return this.report(this.place, `it ${does} signal ${id}`, `0..${this.graph.signals.length - 1}`);
    const { name, shape } = this.graph.signals[id];
    const ok = shape.every((n, d) => isCount(from[d]) && isCount(size[d]) && size[d] >= 1 && from[d] + size[d] <= n);
    if (!ok) this.report(this.place, `it ${does} [${size.join(', ')}] at [${from.join(', ')}] of ${name}`, `[${shape.join(', ')}]`);
  }

  private wire(op: WireOp): void {
    for (const { signal, from, step, size, to } of op.pieces) {
      this.inside(op.output, { from: to, size }, 'writes');
      if (!step.every((s) => Number.isInteger(s) && Math.abs(s) < COORDINATE_LIMIT)) {
        this.report(this.place, `steps [${step.join(', ')}]`, 'integers of 30 bits');
        continue;
      }
      // A box of one element at either end of the strided one.
      this.inside(signal, { from, size: [1, 1, 1] }, 'reads');
      const last: MapShape = [0, 1, 2].map((d) => from[d] + (size[d] - 1) * step[d]) as unknown as MapShape;
      this.inside(signal, { from: last, size: [1, 1, 1] }, 'reads');
    }
    if (op.pieces.length === 0) this.report(this.place, 'it has no pieces', 'at least one');
  }

  private permute({ signal, output, view, axes }: PermuteOp): void {
    for (const id of [signal, output]) {
      if (!isSignal(this.graph, id)) return this.report(this.place, `signal ${id}`, `0..${this.graph.signals.length - 1}`);
    }
    const size = view.reduce((n, d) => n * d, 1);
    const sizes = [signal, output].map((id) => volume(this.graph.signals[id].shape));
    if (!view.every((n) => isCount(n) && n >= 1) || sizes.some((n) => n !== size)) {
      this.report(this.place, `the view [${view.join(', ')}] of ${sizes.join(' and ')} elements`, 'all of both signals');
    }
    const sorted = [...axes].sort((a, b) => a - b);
    if (axes.length !== view.length || axes.length > 8 || sorted.some((a, i) => a !== i)) {
      this.report(this.place, `axes [${axes.join(', ')}]`, `0..${view.length - 1}, each once, at most 8`);
    }
  }
}

function isCount(n: number): boolean {
  return Number.isInteger(n) && n >= 0 && n < COORDINATE_LIMIT;
}

/** Signals that an operation reads, and what it writes. */
function accesses(graph: CoreGraph, op: Op): { reads: readonly number[]; output: number; boxes: readonly Box[]; whole: boolean } {
  switch (op.kind) {
    case 'core':
    case 'maximum': {
      const columns = op.kind === 'core' ? op.columns : op.gathers[0].channels[1] - op.gathers[0].channels[0];
      const { signal, channel, origin } = op.output;
      const box: Box = { from: [origin[0], origin[1], channel], size: [op.positions[0], op.positions[1], columns] };
      return { reads: op.gathers.map((g) => g.signal), output: signal, boxes: [box], whole: false };
    }
    case 'wire':
      return { reads: op.pieces.map((p) => p.signal), output: op.output, boxes: op.pieces.map((p) => ({ from: p.to, size: p.size })), whole: true };
    case 'permute':
      return { reads: [op.signal], output: op.output, boxes: [{ from: [0, 0, 0], size: graph.signals[op.output].shape }], whole: true };
  }
}

/** Every element is written once, and before the signal is read. */
function checkWrites(graph: CoreGraph, report: Report): void {
  const written = graph.signals.map((): Box[] => []);
  const missing = graph.signals.map(({ shape }) => volume(shape));
  missing[graph.input] = 0;
  graph.ops.forEach((op, i) => {
    const place = `operation ${i} (${op.name})`;
    const { reads, output, boxes, whole } = accesses(graph, op);
    for (const id of new Set(reads)) {
      if (missing[id] === 0) continue;
      report(place, `it reads signal ${graph.signals[id].name} before all of it is written`, 'operations in the order of their signals');
    }
    const size = boxes.reduce((n, b) => n + volume(b.size), 0);
    const room = missing[output];
    if (size > room || (whole && room !== volume(graph.signals[output].shape))) {
      return report(place, `it writes elements of signal ${graph.signals[output].name} that are written already`, 'each element once');
    }
    missing[output] = whole ? 0 : room - size;
    for (const box of boxes) written[output].push(box);
  });
  graph.signals.forEach((signal, id) => {
    if (missing[id] > 0) report(`signal ${signal.name}`, `${missing[id]} of its elements are never written`, 'each element once');
    else if (overlap(signal.shape, written[id])) report(`signal ${signal.name}`, 'elements are written twice', 'each element once');
  });
}

/** Whether boxes inside a map, of no more elements than it has, share an element. */
function overlap([, width, channels]: MapShape, boxes: readonly Box[]): boolean {
  if (boxes.length < 2) return false;
  const height = boxes.reduce((most, b) => Math.max(most, b.from[0] + b.size[0]), 0);
  const marks = new Uint8Array(height * width * channels);
  for (const { from, size } of boxes) {
    for (let y = from[0]; y < from[0] + size[0]; y++) {
      for (let x = from[1]; x < from[1] + size[1]; x++) {
        const at = (y * width + x) * channels + from[2];
        const run = marks.subarray(at, at + size[2]);
        if (run.includes(1)) return true;
        run.fill(1);
      }
    }
  }
  return false;
}
