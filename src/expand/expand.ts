/** expand: a reformed graph with a code on every edge becomes a network of core-ops, each within the chip's limits. */
import type { Chip } from '../chip/types.js';
import { digitCode } from '../cores/copies.js';
import type { Code } from '../cores/types.js';
import { throwIfErrors, TrestleError } from '../diagnostics.js';
import { affine, filled, sharesChannels } from '../reform/make.js';
import type { Calibration } from '../encode/types.js';
import type { Edge, Reformed } from '../reform/types.js';
import { ExpansionBuilder } from './builder.js';
import { functionEdges, outputSum, type CopyPlan } from './copies.js';
import { DEFAULT_TOLERANCE, expandFunction, functionCode } from './function.js';
import { expandMaxPool } from './maximum.js';
import { expandSum } from './sum.js';
import type { Expansion, FunctionReport } from './types.js';
import { expandPermute, expandWire, goldenName, toMap } from './wiring.js';

export interface ExpandOptions {
  /** Copies of the network's output, so that its codes are finer; 1 = none. */
  readonly outputCopies: number;
  /** Whether weights are repeated in rows that a core has to spare; default not. */
  readonly repeatsRows?: boolean;
  /** Copies inside the network; none if absent. */
  readonly copies?: CopyPlan | null;
  /** Golden values of what functions read that have cores of their own. */
  readonly calibration?: Calibration;
  /** Error that these may have, as a share of their results' range. */
  readonly tolerance?: number;
  /** For counting alone: no weights, and no core-ops of functions. */
  readonly sizesOnly?: boolean;
}

/** Codes are by edge: those of the input and of every sum; `null` on chips without limits. */
export function expand(graph: Reformed, chip: Chip, codes: ReadonlyMap<Edge, Code> | null, options: ExpandOptions): Expansion {
  const builder = new ExpansionBuilder(chip, options.copies, options.sizesOnly, options.repeatsRows);
  const last = outputSum(graph);
  const sameCode = new Map<number, number>();
  const functions: FunctionReport[] = [];
  const codeOf = (edge: Edge): Code | null => codes?.get(edge) ?? null;
  const input = addInput(builder, graph, codeOf(graph.input));
  builder.signalOf.set(graph.input, input);
  for (const node of graph.nodes) {
    const { output } = node;
    switch (node.kind) {
      case 'sum': {
        const copies = codes !== null && node === last ? options.outputCopies : builder.copiesOf(output).output;
        const signal = builder.addCopied(output.name, toMap(output.shape), codeOf(output), goldenName(output), copies);
        builder.signalOf.set(output, signal);
        collectRefusals(builder, () => expandSum(builder, node, signal));
        break;
      }
      case 'function': {
        if (builder.stage === null) {
          const signal = builder.addSignal(output.name, toMap(output.shape), null, goldenName(output));
          builder.signalOf.set(output, signal);
          const channels = output.shape[0];
          expandSum(builder, affine(node.name, node.input, output, filled(channels, 1), filled(channels, 0), node.activation), signal);
          break;
        }
        const source = builder.signals[builder.signal(node.input)].code;
        const [encoded, samples] = [codeOf(output), options.calibration?.get(node.input)];
        if (source === null || encoded === null || samples === undefined) throw new Error(`no golden values of ${node.input.name}`);
        const signal = builder.addSignal(output.name, toMap(output.shape), functionCode(node.activation, source, encoded), goldenName(output));
        builder.signalOf.set(output, signal);
        if (options.sizesOnly === true) break;
        collectRefusals(builder, () => void functions.push(expandFunction(builder, node, signal, samples, options.tolerance ?? DEFAULT_TOLERANCE)));
        break;
      }
      case 'maxpool': {
        const source = builder.signal(node.input);
        const signal = builder.addCopied(output.name, toMap(output.shape), null, goldenName(output), builder.unitsOf(node.input));
        builder.signals[signal] = { ...builder.signals[signal], code: builder.signals[source].code };
        builder.signalOf.set(output, signal);
        sameCode.set(signal, source);
        collectRefusals(builder, () => expandMaxPool(builder, node, signal));
        break;
      }
      case 'wire':
        builder.signalOf.set(output, expandWire(builder, node));
        break;
      case 'permute':
        builder.signalOf.set(output, expandPermute(builder, node));
        break;
    }
  }
  throwIfErrors(builder.diagnostics);
  return {
    chip, signals: builder.signals, ops: builder.ops, layers: builder.layers, functions, signalOf: builder.signalOf, sameCode,
    fixedCode: new Set([...tiedSignals(graph, builder), ...functionEdges(graph).map((edge) => builder.signal(edge))]),
    input, output: builder.signal(graph.output), outputSum: last === null ? null : builder.signal(last.output), hostOps: graph.host,
    inputShape: graph.inputShape, outputShape: graph.outputShape,
  };
}

/** The network's input: where its code has more levels than a core takes, as two digits. */
function addInput(builder: ExpansionBuilder, { input }: Reformed, code: Code | null): number {
  const [height, width, channels] = toMap(input.shape);
  const { stage } = builder;
  if (code === null || stage === null || code.hi <= stage.input.hi) return builder.addSignal(input.name, [height, width, channels], code, goldenName(input));
  const levels = stage.input.hi - stage.input.lo + 1;
  const digits = (code.hi - code.lo + 1) / levels;
  return builder.addInput(input.name, [height, width, 2 * channels], digitCode(code, digits, levels, channels), goldenName(input), digits);
}

/** Goes on after an operation that does not fit, so that a user sees all of them at once. */
function collectRefusals(builder: ExpansionBuilder, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof TrestleError)) throw error;
    builder.diagnostics.push(...error.diagnostics);
  }
}


/** Sums that wiring lays into the same channels of one map must keep one code. */
function tiedSignals(graph: Reformed, builder: ExpansionBuilder): Set<number> {
  const tied = new Set<number>();
  for (const group of tiedEdges(graph)) group.forEach((edge) => tied.add(builder.signal(edge)));
  return tied;
}

/** Groups of edges that share channels of a wired map, in order; each group must have one code. */
export function tiedEdges(graph: Reformed): Edge[][] {
  const groups: Edge[][] = [];
  for (const node of graph.nodes) {
    if (node.kind === 'wire' && sharesChannels(node)) groups.push([...new Set(node.pieces.map((p) => p.input))]);
  }
  return groups;
}
