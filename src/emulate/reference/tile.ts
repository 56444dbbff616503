/** One tile on rows of codes, by the references of its arithmetic; and by a plain float64 sum on chips without limits. */
import { idealReference } from '../../chip/arithmetic/ideal.js';
import type { Product } from '../../chip/arithmetic/limits.js';
import { windowRange, windowReference, type WindowSettings } from '../../chip/arithmetic/window.js';
import type { Chip, CodeRange, WindowArithmetic } from '../../chip/types.js';
import type { CoreConfig, CoreOp, FloatFunction, Signal } from '../../cores/types.js';
import { fail } from '../../diagnostics.js';
import { UNARY, unary } from '../../graph/ops/unary.js';
import { composedRows } from './composed.js';

/** Rows that gathers give, without the constant ones. */
function gatheredRows(op: CoreOp): number {
  return op.gathers.reduce((n, g) => n + g.kernel[0] * g.kernel[1] * (g.channels[1] - g.channels[0]), 0);
}

/** Operands of a tile on gathered rows [count x rows], with the constant rows. Refuses (T401) float weights, and codes of no range of the chip. */
export function productOf(op: CoreOp, gathered: Float64Array, chip: Chip, signals: readonly Signal[]): Product {
  const { weights } = chip;
  if (weights === null || op.weights instanceof Float32Array) return fail('T401', op.name, 'float weights on a chip of integers');
  const input = inputRange(op, chip, signals);
  const rows = gatheredRows(op);
  const x = withConstants(gathered, rows, op.constantRows, input.hi);
  const width = rows + op.constantRows;
  const limits = { rows: chip.core.rows, columns: chip.core.columns, input, weights };
  return { place: op.name, batch: x.length / width, rows: width, columns: op.columns, x, w: Int32Array.from(op.weights), limits };
}

/** The preload of a tile on a chip of integers. */
export function integerPreload(op: CoreOp): Int32Array | null {
  return op.preload instanceof Float32Array ? fail('T401', op.name, 'float weights on a chip of integers') : op.preload;
}

/** Settings of a tile on window arithmetic. */
export function windowSettings(op: CoreOp, arithmetic: WindowArithmetic, chip: Chip, signals: readonly Signal[]): WindowSettings {
  const [lo, hi] = setting(op, 'clamp');
  const windowSigned = lo < 0;
  mustEqual(op.name, 'window', { lo, hi }, windowRange(arithmetic.windowBits, windowSigned));
  return {
    arithmetic, preload: integerPreload(op), shift: setting(op, 'shift'), windowSigned, table: op.table, output: outputRange(op, chip, signals),
  };
}

/** Output codes [count x columns] of gathered rows [count x rows]. Refuses (T401) what breaks a limit of the chip. */
export function integerRows(op: CoreOp, gathered: Float64Array, chip: Chip, signals: readonly Signal[]): Int32Array {
  const { arithmetic } = chip;
  const product = productOf(op, gathered, chip, signals);
  const clamp = setting(op, 'clamp');
  const clampRange = { lo: clamp[0], hi: clamp[1] };
  const { table } = op;
  switch (arithmetic.kind) {
    case 'window':
      return windowReference(product, windowSettings(op, arithmetic, chip, signals));
    case 'ideal-limits':
      return idealReference(product, { arithmetic, preload: integerPreload(op), shift: setting(op, 'shift'), output: clampRange, table });
    case 'composed':
      if (op.preload !== null) fail('T401', op.name, 'a preload', { limit: 'none on this arithmetic' });
      mustEqual(op.name, 'clamp', clampRange, { lo: 0, hi: 2 ** arithmetic.outputBits - 1 });
      return composedRows(product, arithmetic, setting(op, 'gain'), table);
    default:
      return fail('T401', op.name, `a tile on ${arithmetic.kind} arithmetic`);
  }
}

/** The chip's range that holds the codes of all signals that a tile reads. */
function inputRange(op: CoreOp, chip: Chip, signals: readonly Signal[]): CodeRange {
  const codes = op.gathers.flatMap((g) => signals[g.signal]?.code ?? []);
  return rangeOf(op.name, 'input codes', chip.inputs, codes);
}

function outputRange(op: CoreOp, chip: Chip, signals: readonly Signal[]): CodeRange {
  return rangeOf(op.name, 'output codes', chip.outputs, [signals[op.output.signal]?.code ?? []].flat());
}

function rangeOf(place: string, what: string, ranges: readonly CodeRange[], codes: readonly CodeRange[]): CodeRange {
  const found = ranges.find((r) => codes.every((c) => c.lo >= r.lo && c.hi <= r.hi));
  return found ?? fail('T401', place, `${what} ${codes.map((c) => `${c.lo}..${c.hi}`).join(', ')}`, {
    limit: ranges.map((r) => `${r.lo}..${r.hi}`).join(' or '),
  });
}

/** A setting that the arithmetic needs. */
export function setting<K extends keyof CoreConfig>(op: CoreOp, key: K): NonNullable<CoreConfig[K]> {
  return op.config[key] ?? fail('T401', op.name, `no ${key} is set`);
}

function mustEqual(place: string, what: string, found: CodeRange, wanted: CodeRange): void {
  if (found.lo === wanted.lo && found.hi === wanted.hi) return;
  fail('T401', place, `${what} is ${found.lo}..${found.hi}`, { limit: `${wanted.lo}..${wanted.hi}` });
}

/** Rows with `count` codes `code` behind each. */
function withConstants(gathered: Float64Array, rows: number, count: number, code: number): Int32Array {
  const width = rows + count;
  const x = new Int32Array((gathered.length / rows) * width).fill(code);
  for (let r = 0; r * rows < gathered.length; r++) x.set(gathered.subarray(r * rows, (r + 1) * rows), r * width);
  return x;
}

/** function(bias + x * w) in float64, each result rounded to float32, [count x columns]. */
export function floatRows(op: CoreOp, x: Float64Array): Float32Array {
  const rows = gatheredRows(op);
  const { columns, weights, preload } = op;
  const result = new Float32Array((x.length / rows) * columns);
  for (let r = 0; r * rows < x.length; r++) {
    for (let j = 0; j < columns; j++) {
      let sum = preload === null ? 0 : preload[j] as number;
      for (let i = 0; i < rows; i++) sum += (x[r * rows + i] as number) * (weights[i * columns + j] as number);
      result[r * columns + j] = op.function === null ? sum : floatFunction(op.function, sum, j);
    }
  }
  return result;
}

function floatFunction(f: FloatFunction, v: number, column: number): number {
  const attribute = (name: string): number => f.attributes[name] ?? fail('T401', f.op, `no attribute ${name}`);
  switch (f.op) {
    case 'Clip':
      return Math.min(Math.max(v, attribute('lo')), attribute('hi'));
    case 'PRelu':
      return v < 0 ? v * (f.parameter?.[column] ?? fail('T401', f.op, `no slope for column ${column}`)) : v;
    default:
      return Object.hasOwn(UNARY, f.op) ? unary(f.op, f.attributes)(v) : fail('T401', f.op, 'no such function');
  }
}
