/** Max pooling: native where the chip takes maxima, else built exactly from sums and ReLUs on the codes themselves. */
import { clampTable, realise, unitWeight, type LinearStage, type RealTile, type TileScales } from '../cores/realise.js';
import type { Code, Gather } from '../cores/types.js';
import { fail } from '../diagnostics.js';
import type { MaxPoolNode } from '../reform/types.js';
import type { ExpansionBuilder } from './builder.js';
import { splitBy } from './chunks.js';
import { pointGather } from './tiles.js';

export function expandMaxPool(builder: ExpansionBuilder, node: MaxPoolNode, output: number): void {
  const pooling = builder.chip.pooling;
  if (pooling === null) buildFromRelus(builder, node, output);
  else if (pooling.arity === null || taps(node) <= pooling.arity) nativeMaximum(builder, node, 'max', [windowGather(builder, node)], output);
  else nativeTree(builder, node, output, pooling.arity);
}

/** The lowest float32: no value is below it, and JSON can hold it. */
const LOWEST_FLOAT = -3.4028234663852886e38;

/** Outside the map nothing counts: the lowest code. */
function lowest(code: Code | null): number {
  return code === null ? LOWEST_FLOAT : code.lo;
}

function windowGather(builder: ExpansionBuilder, node: MaxPoolNode): Gather {
  const signal = builder.signal(node.input);
  const { code, shape } = builder.signals[signal];
  const { kernel, stride, dilation, origin } = node;
  return { signal, channels: [0, shape[2]], kernel, stride, dilation, origin, fill: lowest(code) };
}

function positionsOf(node: MaxPoolNode): readonly [number, number] {
  return [node.output.shape[1], node.output.shape[2]];
}

function nativeMaximum(builder: ExpansionBuilder, node: MaxPoolNode, name: string, gathers: readonly Gather[], target: number): void {
  builder.addOp({
    kind: 'maximum', name: `${node.name}/${name}`, layer: node.name, gathers, positions: positionsOf(node),
    output: { signal: target, channel: 0, origin: [0, 0] },
  });
}

/** A window as runs of at most `most` taps of a line. */
function windowLines(node: MaxPoolNode, whole: Gather, most: number): Gather[] {
  return Array.from({ length: node.kernel[0] }, (_, ky) => ky).flatMap((ky) =>
    splitBy([0, node.kernel[1]], most).map(([from, to]): Gather => ({
      ...whole,
      kernel: [1, to - from],
      origin: [whole.origin[0] + ky * whole.dilation[0], whole.origin[1] + from * whole.dilation[1]],
    })));
}

/** Windows larger than the chip's maximum: runs of at most `arity` taps of a line first, then `arity` of the results, until one is left. */
function nativeTree(builder: ExpansionBuilder, node: MaxPoolNode, output: number, arity: number): void {
  if (arity < 2) fail('T400', node.name, `the chip's maximum takes ${arity} codes`, { limit: 'at least 2' });
  const [height, width] = positionsOf(node);
  const whole = windowGather(builder, node);
  const { code, shape } = builder.signals[whole.signal];
  const lines = windowLines(node, whole, arity);
  let groups = lines.map((line) => [line]);
  for (let level = 0; ; level++) {
    const last = groups.length === 1;
    const results = groups.map((gathers, g) => {
      const target = last ? output : builder.addSignal(`${builder.signals[output].name}.max${level}.${g}`, [height, width, shape[2]], code);
      nativeMaximum(builder, node, `max${level}.${g}`, gathers, target);
      return pointGather(target, 0, shape[2]);
    });
    if (last) return;
    groups = splitBy([0, results.length], arity).map(([from, to]) => results.slice(from, to));
  }
}

/** Windows that one tree of core-ops cannot take are cut into parts of at most this many codes. */
const PART_TAPS = 16;

/**
 * max(a, b) = ReLU(a - b) + b on codes >= 0. A value is held as a set of codes whose sum it is; each level of the tree takes two values to one of
 * two codes, and the last op adds what is left. Exact: every sum is a maximum of legal codes and so a legal code.
 */
function buildFromRelus(builder: ExpansionBuilder, node: MaxPoolNode, output: number): void {
  const { stage, chip } = builder;
  const unit = stage === null ? null : unitWeight(stage);
  if (stage === null || unit === null || stage.input.lo !== 0 || stage.output.lo !== 0) {
    fail('T400', node.name, `chip ${chip.name} takes no maximum, and none can be built from its sums`, {
      limit: 'codes from 0 and a weight that acts as exactly 1',
      remedy: 'Use average pooling or a strided convolution in the network',
    });
  }
  const relus = new ReluMaximum(builder, node, stage, unit.k, output);
  const whole = windowGather(builder, node);
  if (relus.channelsAtOnce(taps(node)) >= 1) {
    relus.expand([whole], output, 'max');
    return;
  }
  const most = Math.min(PART_TAPS, builder.rowLimit, builder.columnLimit);
  if (most < 2) {
    fail('T400', node.name, 'a maximum of two codes needs 2 rows and 2 columns of one core', { limit: `${builder.rowLimit} x ${builder.columnLimit}` });
  }
  let groups: Gather[][] = windowLines(node, whole, most).map((line) => [line]);
  for (let level = 0; ; level++) {
    const last = groups.length === 1;
    const results = groups.map((gathers, g) => {
      const name = `part${level}.${g}`;
      const target = last ? output : relus.signal(name, 1);
      relus.expand(gathers, target, name);
      return pointGather(target, 0, builder.signals[target].shape[2]);
    });
    if (last) return;
    groups = splitBy([0, results.length], most).map(([from, to]) => results.slice(from, to));
  }
}

/** Maxima of a pooling node, as levels of core-ops. */
class ReluMaximum {
  private readonly code: Code;

  constructor(
    private readonly builder: ExpansionBuilder, private readonly node: MaxPoolNode, private readonly stage: LinearStage, private readonly exponent: number,
    private readonly output: number,
  ) {
    this.code = { lo: stage.output.lo, hi: stage.output.hi, step: [1], zero: [stage.output.lo] };
  }

  /** Channels that one core takes through every level of a maximum of `count` codes: a block stays together from one level to the next. */
  channelsAtOnce(count: number): number {
    const { channels, builder } = this;
    const levels = reluLevels(count);
    const tallest = Math.max(...levels.map((l) => l.units));
    const widest = Math.max(...levels.map((l) => l.sums.length));
    return Math.min(channels, Math.floor(builder.rowLimit / tallest), Math.floor(builder.columnLimit / widest));
  }

  private get channels(): number {
    return this.builder.signals[this.output].shape[2];
  }

  /** A signal inside the maximum with `units` codes a channel. */
  signal(name: string, units: number): number {
    const [height, width] = positionsOf(this.node);
    return this.builder.addSignal(`${this.builder.signals[this.output].name}.${name}`, [height, width, this.channels * units], this.code);
  }

  /** The greatest of all taps of `gathers`, each of all channels, into `target`. */
  expand(gathers: readonly Gather[], target: number, name: string): void {
    const { builder, node, stage, channels } = this;
    const count = gathers.reduce((n, g) => n + g.kernel[0] * g.kernel[1], 0);
    const levels = reluLevels(count);
    const block = this.channelsAtOnce(count);
    let sources = gathers;
    levels.forEach(({ units, sums }, level) => {
      const to = level === levels.length - 1 ? target : this.signal(`${name}.${level}`, sums.length);
      splitBy([0, channels], block).forEach(([first, end], b) => {
        const perChannel = level === 0 ? 1 : units;
        const real = reluTile(sums, units, end - first);
        const integers = realise(real, unitScales(real), stage, this.exponent, 0, new Float64Array(real.columns));
        builder.addOp({
          kind: 'core', name: `${node.name}/${name}.${level}b${b}`, layer: node.name, constantRows: 0, columns: real.columns,
          gathers: sources.map((g) => ({ ...g, channels: [first * perChannel, end * perChannel] as const })),
          positions: positionsOf(node), weights: integers.weights, preload: integers.preload, config: stage.config(this.exponent),
          table: clampTable(stage), function: null, output: { signal: to, channel: first * sums.length, origin: [0, 0] },
        });
      });
      sources = [pointGather(to, 0, channels * sums.length)];
    });
  }
}

function taps(node: MaxPoolNode): number {
  return node.kernel[0] * node.kernel[1];
}

/** A hidden unit: the codes that it adds, with sign. */
type UnitSum = readonly (readonly [unit: number, sign: number])[];

/** One level: values two by two; an odd one is added up and carried on. */
function pairUp(values: readonly number[][]): { sums: UnitSum[]; values: number[][] } {
  const sums: UnitSum[] = [];
  const next: number[][] = [];
  for (let i = 0; i < values.length; i += 2) {
    const b = values[i + 1];
    if (b === undefined) {
      sums.push(values[i].map((u) => [u, 1] as const));
      next.push([sums.length - 1]);
      continue;
    }
    sums.push([...values[i].map((u) => [u, 1] as const), ...b.map((u) => [u, -1] as const)]);
    sums.push(b.map((u) => [u, 1] as const));
    next.push([sums.length - 2, sums.length - 1]);
  }
  return { sums, values: next };
}

/** A level of the tree: `units` codes a channel come in, one code for each of `sums` goes out. */
interface ReluLevel {
  readonly units: number;
  readonly sums: readonly UnitSum[];
}

/** Levels that take the maximum of `count` codes; the last adds what the tree left. */
function reluLevels(count: number): ReluLevel[] {
  const levels: ReluLevel[] = [];
  let values: number[][] = Array.from({ length: count }, (_, t) => [t]);
  let units = count;
  while (values.length > 1) {
    const level = pairUp(values);
    levels.push({ units, sums: level.sums });
    values = level.values;
    units = level.sums.length;
  }
  levels.push({ units, sums: [values[0].map((u) => [u, 1] as const)] });
  return levels;
}

/** Rows: unit-major, `n` channels each; columns: sum-major, `n` channels each. */
function reluTile(sums: readonly UnitSum[], units: number, n: number): RealTile {
  const columns = sums.length * n;
  const weights = new Float64Array(units * n * columns);
  sums.forEach((sum, s) => {
    for (const [u, sign] of sum) {
      for (let c = 0; c < n; c++) weights[(u * n + c) * columns + s * n + c] = sign;
    }
  });
  return { rows: units * n, columns, weights, bias: new Float64Array(columns) };
}

function unitScales(real: RealTile): TileScales {
  return {
    rowStep: new Float64Array(real.rows).fill(1), rowZero: new Float64Array(real.rows),
    columnStep: new Float64Array(real.columns).fill(1), columnZero: new Float64Array(real.columns),
  };
}
