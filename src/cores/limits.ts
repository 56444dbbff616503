/** Whether a core-op network stays within its chip's limits (spec/chips.md, section 8): with this checked, nothing that is run can leave them. */
import { windows } from '../chip/combinations.js';
import type { Chip, CodeRange, ComposedArithmetic, WindowArithmetic } from '../chip/types.js';
import type { Diagnostic } from '../diagnostics.js';
import { UNARY } from '../graph/ops/unary.js';
import { gatheredRows, zeroOf } from './scales.js';
import { volume } from './structure.js';
import type { Code, CoreGraph, CoreOp, FloatFunction, Gather, MaximumOp, Op, Signal, WireOp } from './types.js';

/** Functions after the sum on chips without limits, with their attributes. */
export const FLOAT_FUNCTIONS: Readonly<Record<string, readonly string[]>> = {
  Clip: ['lo', 'hi'], PRelu: [], ...Object.fromEntries(Object.entries(UNARY).map(([name, { parameters }]) => [name, Object.keys(parameters)])),
};

/**
 * Everything in a well-formed network (`checkStructure`) that breaks a limit of its chip, as errors T401: rows, columns, weights, codes, shifts,
 * gains, preloads, tables, pooling. Of many like values the first is named.
 */
export function checkLimits(graph: CoreGraph): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const report = (place: string, message: string, limit?: string): void => {
    diagnostics.push({ code: 'T401', severity: 'error', place, message, ...(limit === undefined ? {} : { limit }) });
  };
  const { kind } = graph.chip.arithmetic;
  if (kind === 'spiking') {
    report(`chip ${graph.chip.name}`, 'networks of spiking cores have no core-ops of codes', 'float, window, composed or ideal-limits arithmetic');
    return diagnostics;
  }
  const float = kind === 'float';
  for (const { name, code } of graph.signals) {
    if ((code === null) !== float) report(`signal ${name}`, float ? 'it has codes' : 'it has no codes', float ? 'float values' : 'integer codes');
  }
  // The checks below compare codes with codes.
  if (diagnostics.length > 0) return diagnostics;
  for (const op of graph.ops) {
    if (float) checkFloatOp(op, report);
    else new OpLimits(graph, op, report).run();
  }
  return diagnostics;
}

type Report = (place: string, message: string, limit?: string) => void;

function checkFloatOp(op: Op, report: Report): void {
  if (op.kind !== 'core') return;
  const { weights, preload } = op;
  for (const [what, values] of [['weight', weights], ['preload', preload]] as const) {
    if (values === null) continue;
    const wrong = values instanceof Float32Array ? values.findIndex((v) => !Number.isFinite(v)) : 0;
    if (wrong >= 0) report(op.name, `${what} ${wrong} is ${values[wrong]}`, 'finite float32 values');
  }
  if (op.table !== null || op.constantRows > 0 || Object.values(op.config).some((v) => v !== undefined)) {
    report(op.name, 'it has settings of an integer core', 'no table, no constant rows, no shift, gain or clamp');
  }
  if (op.function !== null) checkFunction(op, op.function, report);
}

function checkFunction(op: CoreOp, { op: name, attributes, parameter }: FloatFunction, report: Report): void {
  const known = Object.hasOwn(FLOAT_FUNCTIONS, name) ? FLOAT_FUNCTIONS[name] : undefined;
  if (known === undefined) return report(op.name, `function ${name}`, Object.keys(FLOAT_FUNCTIONS).join(', '));
  const keys = Object.keys(attributes);
  if (keys.length !== known.length || !known.every((key) => Object.hasOwn(attributes, key) && !Number.isNaN(attributes[key]))) {
    report(op.name, `attributes of ${name}`, known.join(', ') || 'none');
  }
  const wanted = name === 'PRelu' ? op.columns : undefined;
  if (parameter?.length !== wanted || (parameter !== undefined && !parameter.every((v) => Number.isFinite(v)))) {
    report(op.name, `the parameter of ${name}`, wanted === undefined ? 'none' : `${wanted} finite values, one a column`);
  }
}

/** One operation of an integer chip. */
class OpLimits {
  private readonly chip: Chip;

  constructor(private readonly graph: CoreGraph, private readonly op: Op, private readonly report: Report) {
    this.chip = graph.chip;
  }

  run(): void {
    const { op } = this;
    if (op.kind === 'core') this.core(op);
    else if (op.kind === 'maximum') this.maximum(op);
    else if (op.kind === 'wire') this.wire(op);
    else this.contains(op.signal, codeOf(this.graph.signals[op.output]), op.output);
  }

  private fault(message: string, limit: string): void {
    this.report(this.op.name, message, limit);
  }

  private value(what: string, v: number | undefined, { lo, hi }: CodeRange): void {
    if (v === undefined || !Number.isInteger(v) || v < lo || v > hi) this.fault(`${what} is ${v ?? 'absent'}`, `${lo}..${hi}`);
  }

  /** The first value outside a range. */
  private values(what: string, values: ArrayLike<number>, { lo, hi }: CodeRange): void {
    for (let i = 0; i < values.length; i++) {
      if (!(values[i] >= lo && values[i] <= hi)) return this.fault(`${what} ${i} is ${values[i]}`, `${lo}..${hi}`);
    }
  }

  private core(op: CoreOp): void {
    const { chip } = this;
    const rows = gatheredRows(op.gathers) + op.constantRows;
    if (chip.core.rows !== null && rows > chip.core.rows) this.fault(`${rows} rows`, `${chip.core.rows} rows`);
    if (chip.core.columns !== null && op.columns > chip.core.columns) this.fault(`${op.columns} columns`, `${chip.core.columns} columns`);
    if (op.function !== null) this.fault(`function ${op.function.op}`, 'none, but a table');
    if (!(op.weights instanceof Int16Array) || !(op.preload === null || op.preload instanceof Int32Array) || chip.weights === null) {
      return this.fault('weights or preload of another type', 'integers');
    }
    this.values('weight', op.weights, chip.weights);
    const inputs = this.inputs(op.gathers, op.positions);
    this.oneRange('inputs', inputs, chip.inputs);
    const output = codeOf(this.graph.signals[op.output.signal]);
    this.oneRange('outputs', output, chip.outputs);
    this.settings(op, inputs);
    this.table(op, output);
  }

  /** Least and greatest code that gathers give, padding included. */
  private inputs(gathers: readonly Gather[], positions: readonly [number, number]): CodeRange {
    let [lo, hi] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const g of gathers) {
      const signal = this.graph.signals[g.signal];
      const code = codeOf(signal);
      [lo, hi] = [Math.min(lo, code.lo), Math.max(hi, code.hi)];
      if (!leavesMap(g, positions, signal)) continue;
      for (let c = g.channels[0]; c < g.channels[1]; c++) {
        const fill = g.fill ?? zeroOf(code, c);
        if (fill < code.lo || fill > code.hi) this.fault(`padding of signal ${signal.name} is code ${fill}`, `${code.lo}..${code.hi}`);
        if (g.fill !== null || code.zero.length === 1) break;
      }
    }
    return lo <= hi ? { lo, hi } : { lo: 0, hi: 0 };
  }

  /** Codes must lie in one of the ranges that a core can be set to. */
  private oneRange(what: string, { lo, hi }: CodeRange, ranges: readonly CodeRange[]): void {
    if (!ranges.some((r) => lo >= r.lo && hi <= r.hi)) this.fault(`${what} have codes ${lo}..${hi}`, ranges.map((r) => `${r.lo}..${r.hi}`).join(' or '));
  }

  private settings(op: CoreOp, inputs: CodeRange): void {
    const { arithmetic, outputs } = this.chip;
    if (arithmetic.kind !== 'composed' && op.constantRows > 0) this.fault(`${op.constantRows} constant rows`, 'none: this arithmetic has a preload');
    switch (arithmetic.kind) {
      case 'window':
        return this.windowSettings(op, arithmetic);
      case 'composed':
        return this.composedSettings(op, arithmetic);
      case 'ideal-limits':
        this.only(op, ['shift', 'clamp']);
        this.value('shift', op.config.shift, { lo: 0, hi: arithmetic.greatestShift });
        this.clampIn(op, outputs);
        return this.sums32(op, inputs);
      case 'float':
      case 'spiking':
        throw new Error('handled apart');
    }
  }

  private windowSettings(op: CoreOp, a: WindowArithmetic): void {
    this.only(op, ['shift', 'clamp']);
    this.value('shift', op.config.shift, { lo: 0, hi: a.greatestShift });
    this.clampIn(op, windows(a));
    const limit = 2 ** (a.accumulatorBits - 1);
    if (op.preload !== null) this.values('preload', op.preload, { lo: -limit, hi: limit - 1 });
  }

  private composedSettings(op: CoreOp, a: ComposedArithmetic): void {
    this.only(op, ['gain', 'clamp']);
    this.value('gain', op.config.gain, { lo: 0, hi: a.greatestGain });
    this.clampIn(op, [{ lo: 0, hi: 2 ** a.outputBits - 1 }]);
    if (op.preload !== null) this.fault('it has a preload', 'none: a bias is rows of weights');
  }

  private only({ config }: CoreOp, keys: readonly string[]): void {
    const extra = Object.entries(config).filter(([key, v]) => v !== undefined && !keys.includes(key));
    if (extra.length > 0) this.fault(`settings ${extra.map(([key]) => key).join(', ')}`, keys.join(', '));
  }

  private clampIn({ config }: CoreOp, ranges: readonly CodeRange[]): void {
    const [lo, hi] = config.clamp ?? [];
    const found = config.clamp === undefined ? 'no clamp' : `clamp ${lo}..${hi}`;
    if (!ranges.some((r) => r.lo === lo && r.hi === hi)) this.fault(found, ranges.map((r) => `${r.lo}..${r.hi}`).join(' or '));
  }

  /** Section 6: a core-op whose sum could leave 32 bits is refused. */
  private sums32({ weights, columns, preload }: CoreOp, { lo, hi }: CodeRange): void {
    const least = new Float64Array(columns);
    const greatest = new Float64Array(columns);
    for (let i = 0, j = 0; i < weights.length; i++, j = j + 1 === columns ? 0 : j + 1) {
      const [a, b] = [weights[i] * lo, weights[i] * hi];
      least[j] += Math.min(a, b);
      greatest[j] += Math.max(a, b);
    }
    for (let j = 0; j < columns; j++) {
      const b = preload?.[j] ?? 0;
      if (least[j] + b < -(2 ** 31) || greatest[j] + b >= 2 ** 31) {
        return this.fault(`the sum of column ${j} can reach ${least[j] + b}..${greatest[j] + b}`, '32 bits');
      }
    }
  }

  private table({ table, config }: CoreOp, output: CodeRange): void {
    const [lo, hi] = config.clamp ?? [0, -1];
    if (table === null) {
      if (lo < output.lo || hi > output.hi) this.fault(`results ${lo}..${hi}`, `${output.lo}..${output.hi}, the codes of the signal`);
      return;
    }
    if (!this.chip.nonLinearities.includes('table')) return this.fault('it has a table', `functions of the chip: ${this.chip.nonLinearities.join(', ')}`);
    if (table.length !== hi - lo + 1) this.fault(`a table of ${table.length} entries`, `${hi - lo + 1} entries`);
    this.values('table entry', table, output);
  }

  private maximum(op: MaximumOp): void {
    const { pooling } = this.chip;
    if (pooling === null) return this.fault('a maximum', 'the chip has none');
    const codes = gatheredRows(op.gathers) / (op.gathers[0].channels[1] - op.gathers[0].channels[0]);
    if (pooling.arity !== null && codes > pooling.arity) this.fault(`a maximum of ${codes} codes`, `${pooling.arity} codes`);
    const inputs = this.inputs(op.gathers, op.positions);
    const output = codeOf(this.graph.signals[op.output.signal]);
    if (inputs.lo < output.lo || inputs.hi > output.hi) {
      this.fault(`a maximum of codes ${inputs.lo}..${inputs.hi}`, `${output.lo}..${output.hi}, the codes of the signal`);
    }
  }

  private wire(op: WireOp): void {
    const output = codeOf(this.graph.signals[op.output]);
    const { shape, name } = this.graph.signals[op.output];
    for (const id of new Set(op.pieces.map((p) => p.signal))) this.contains(id, output, op.output);
    if (op.pieces.reduce((n, p) => n + volume(p.size), 0) < volume(shape)) {
      for (const zero of output.zero) {
        if (zero < output.lo || zero > output.hi) return this.fault(`uncovered elements of ${name} are code ${zero}`, `${output.lo}..${output.hi}`);
      }
    }
  }

  /** Wiring does not change codes: those that come in must be legal where they go. */
  private contains(source: number, { lo, hi }: CodeRange, output: number): void {
    const from = this.graph.signals[source];
    const code = codeOf(from);
    if (code.lo < lo || code.hi > hi) {
      this.fault(`codes ${code.lo}..${code.hi} of ${from.name} go to ${this.graph.signals[output].name}`, `${lo}..${hi}`);
    }
  }
}

function codeOf({ name, code }: Signal): Code {
  if (code === null) throw new Error(`signal ${name} has no code`);
  return code;
}

/** Whether a gather reads outside its map at any position. */
function leavesMap(g: Gather, positions: readonly [number, number], { shape }: Signal): boolean {
  return [0, 1].some((d) => {
    const last = g.origin[d] + (positions[d] - 1) * g.stride[d] + (g.kernel[d] - 1) * g.dilation[d];
    return g.origin[d] < 0 || last >= shape[d];
  });
}
