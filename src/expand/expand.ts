/** expand: a reformed graph with a code on every edge becomes a network of core-ops, each within the chip's limits. */
import type { Chip } from '../chip/types.js';
import { digitCode } from '../cores/copies.js';
import type { Code } from '../cores/types.js';
import { throwIfErrors, TrestleError } from '../diagnostics.js';
import { sharesChannels } from '../reform/make.js';
import type { Edge, Reformed, SumNode } from '../reform/types.js';
import { ExpansionBuilder } from './builder.js';
import type { CopyPlan } from './copies.js';
import { expandMaxPool } from './maximum.js';
import { expandSum } from './sum.js';
import type { Expansion } from './types.js';
import { expandPermute, expandWire, goldenName, toMap } from './wiring.js';

export interface ExpandOptions {
  /** Copies of the network's output, so that its codes are finer; 1 = none. */
  readonly outputCopies: number;
  /** Copies inside the network; none if absent. */
  readonly copies?: CopyPlan | null;
}

/** Codes are by edge: those of the input and of every sum; `null` on chips without limits. */
export function expand(graph: Reformed, chip: Chip, codes: ReadonlyMap<Edge, Code> | null, options: ExpandOptions): Expansion {
  const builder = new ExpansionBuilder(chip, options.copies);
  const sameCode = new Map<number, number>();
  checkActivations(builder, graph);
  throwIfErrors(builder.diagnostics);
  const codeOf = (edge: Edge): Code | null => codes?.get(edge) ?? null;
  const input = addInput(builder, graph, codeOf(graph.input));
  builder.signalOf.set(graph.input, input);
  for (const node of graph.nodes) {
    const { output } = node;
    switch (node.kind) {
      case 'sum': {
        const copies = output === graph.output && codes !== null && canCopy(graph, node) ? options.outputCopies : 1;
        const [c, h, w] = output.shape;
        const signal = copies > 1 ? builder.addSignal(output.name, [h, w, c * copies], codeOf(output), goldenName(output), copies)
          : builder.addCopied(output.name, [h, w, c], codeOf(output), goldenName(output), builder.copiesOf(output).output);
        builder.signalOf.set(output, signal);
        collectRefusals(builder, () => expandSum(builder, node, signal));
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
    chip, signals: builder.signals, ops: builder.ops, layers: builder.layers, signalOf: builder.signalOf, sameCode,
    fixedCode: tiedSignals(graph, builder), input, output: builder.signal(graph.output), hostOps: graph.host,
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

/** A function that is neither linear nor a clip at or below 0 needs a table, and a table holds one function for all channels. */
function checkActivations(builder: ExpansionBuilder, graph: Reformed): void {
  const { stage, chip } = builder;
  if (stage === null) return;
  for (const node of graph.nodes) {
    if (node.kind !== 'sum' || node.activation === null) continue;
    const { activation } = node;
    const refused = (what: string, remedy: string): void => void builder.diagnostics.push({
      code: 'T400', severity: 'error', place: node.name, message: `${what} after this operation has no form on chip ${chip.name}`,
      limit: `functions: ${chip.nonLinearities.join(', ')}`, remedy,
    });
    if (activation.op === 'Clip') {
      if (activation.lo > 0) refused(`Clip from ${activation.lo}`, 'Clip from 0 or below');
    } else if (!stage.table) {
      refused(activation.op, 'Use a chip with a table, or ReLU in the network');
    } else if (activation.op === 'PRelu' && activation.slope.some((s) => s !== activation.slope[0])) {
      refused('PRelu with a slope for each channel', 'Use one slope for all channels');
    }
  }
}

/** Copies multiply columns; worth it for a vector of outputs that nothing else reads. */
function canCopy(graph: Reformed, node: SumNode): boolean {
  const read = graph.nodes.some((n) => n.kind === 'sum' && n.terms.some((t) => t.input === node.output));
  return !read && node.output.shape[1] === 1 && node.output.shape[2] === 1 && node.terms.every((t) => t.groups === 1) && node.activation === null;
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
