/** What is in a network, and what becomes of it on a chip. */
import { computes, coreOpsOf } from '../cores/ops.js';
import type { CoreGraph, Op } from '../cores/types.js';
import { gatheredRows } from '../cores/scales.js';
import { nodeMacs } from '../graph/macs.js';
import type { Graph, Tensor } from '../graph/types.js';
import type { Mapping } from '../map/types.js';
import type { Style } from './colour.js';
import { parametersOf, weightsOf } from './judge.js';
import { count, percent, plural, shape } from './numbers.js';
import { hostLine, nameIn, table, wrap } from './table.js';

export interface NodeRow {
  readonly name: string;
  readonly op: string;
  /** For one sample, with the leading 1. */
  readonly output: readonly number[];
  readonly parameters: number;
  readonly macs: number;
}

export interface NetworkFacts {
  readonly opset: number;
  readonly input: { readonly name: string; readonly type: string; readonly shape: readonly number[] };
  readonly outputs: readonly { readonly name: string; readonly type: string; readonly shape: readonly number[] }[];
  /** How often each operator occurs. */
  readonly operators: Readonly<Record<string, number>>;
  readonly parameters: number;
  readonly macsPerSample: number;
  readonly nodes: readonly NodeRow[];
}

export function networkFacts(graph: Graph): NetworkFacts {
  const nodes = graph.nodes.map((node): NodeRow => ({
    name: node.name, op: node.op, output: graph.tensors[node.outputs[0]]?.shape ?? [],
    parameters: [...new Set(node.inputs)].reduce((n, id) => n + weightsOf(graph.tensors[id]), 0), macs: nodeMacs(graph, node),
  }));
  const operators: Record<string, number> = {};
  for (const { op } of nodes) operators[op] = (operators[op] ?? 0) + 1;
  const typeOf = ({ name, type, shape: dimensions }: Tensor) => ({ name, type, shape: dimensions });
  return {
    opset: graph.opset, input: typeOf(graph.tensors[graph.inputs[0]]), outputs: graph.outputs.map((id) => typeOf(graph.tensors[id])), operators,
    parameters: parametersOf(graph), macsPerSample: nodes.reduce((n, { macs }) => n + macs, 0), nodes,
  };
}

export function networkReport(file: string, facts: NetworkFacts, style: Style): string {
  const right = 'right' as const;
  const some = (n: number): string => (n === 0 ? '-' : count(n));
  const rows = facts.nodes.map((n) => [n.name, n.op, shape(n.output.slice(1)), some(n.parameters), some(n.macs)]);
  const columns = [
    { head: 'node', name: true as const }, { head: 'operator' }, { head: 'output' }, { head: 'parameters', align: right }, { head: 'MACs', align: right },
  ];
  const signal = ({ name, type, shape: [, ...rest] }: NetworkFacts['input']): string => `${nameIn(name)} ${type}[N${rest.map((d) => `, ${d}`).join('')}]`;
  const operators = Object.entries(facts.operators).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([op, n]) => `${op} ${n}`);
  return `${style.strong(file)}, operator set ${facts.opset}
input  ${signal(facts.input)}
${wrap([`output ${signal(facts.outputs[0])}`, ...facts.outputs.slice(1).map(signal)], style)}

${table(columns, rows, style)}
${wrap(operators, style)}
${count(facts.parameters)} parameters, ${count(facts.macsPerSample)} multiplications a sample
`;
}

/** What a layer of the network becomes. */
export interface LayerForm {
  readonly name: string;
  /** `cores`, `maximum` (native pooling) or `wiring`. */
  readonly form: 'cores' | 'maximum' | 'wiring';
  readonly coreOps: number;
  /** Rows and columns of the largest tile; 0 without tiles. */
  readonly rows: number;
  readonly columns: number;
  /** Positions of the output map. */
  readonly positions: number;
  /** Uses of cores for one sample: positions, summed over core-ops. */
  readonly uses: number;
}

export interface ChipForm {
  /** The chip's. */
  readonly name: string;
  readonly coreOps: number;
  readonly cores: number;
  readonly mats: number;
  readonly chips: number;
  readonly utilisation: number;
  readonly usesPerSample: number;
  readonly hostOps: readonly string[];
  readonly layers: readonly LayerForm[];
}

export function chipForm(graph: CoreGraph, mapping: Mapping): ChipForm {
  const names = [...new Set(graph.ops.map(({ layer }) => layer))];
  const { cores, mats, chips, utilisation, usesPerSample } = mapping;
  return {
    name: graph.chip.name, coreOps: coreOpsOf(graph).length, cores, mats, chips, utilisation, usesPerSample,
    hostOps: graph.hostOps.map(({ name }) => name), layers: names.map((name) => layerForm(name, graph.ops.filter(({ layer }) => layer === name))),
  };
}

function layerForm(name: string, ops: readonly Op[]): LayerForm {
  const tiles = coreOpsOf({ ops });
  const last = ops.findLast(computes);
  const positionsOf = ({ positions: [h, w] }: { positions: readonly [number, number] }): number => h * w;
  return {
    name, form: tiles.length > 0 ? 'cores' : last === undefined ? 'wiring' : 'maximum', coreOps: tiles.length,
    rows: Math.max(0, ...tiles.map((op) => gatheredRows(op.gathers) + op.constantRows)), columns: Math.max(0, ...tiles.map((op) => op.columns)),
    positions: last === undefined ? 0 : positionsOf(last), uses: tiles.reduce((n, op) => n + positionsOf(op), 0),
  };
}

export function chipReport(form: ChipForm, style: Style): string {
  const right = 'right' as const;
  const columns = [
    { head: 'layer', name: true as const }, { head: 'becomes' }, { head: 'core-ops', align: right }, { head: 'largest tile', align: right },
    { head: 'positions', align: right }, { head: 'core uses', align: right },
  ];
  const rows = form.layers.map((l) => [
    l.name, l.form, l.coreOps === 0 ? '-' : count(l.coreOps), l.coreOps === 0 ? '-' : `${l.rows} x ${l.columns}`,
    l.positions === 0 ? '-' : count(l.positions), l.uses === 0 ? '-' : count(l.uses),
  ]);
  const host = form.hostOps.length > 0 ? `${hostLine(form.hostOps, style)}\n` : '';
  const use = [
    `${nameIn(form.name)}: ${plural(form.coreOps, 'core-op')} on ${plural(form.cores, 'core')}`, plural(form.mats, 'mat'), plural(form.chips, 'chip'),
    `${percent(form.utilisation, 1)} of the cells used`,
  ];
  return `${table(columns, rows, style)}
${wrap(use, style)}
${plural(form.usesPerSample, 'use')} of cores a sample
${host}`;
}
