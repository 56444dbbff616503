/** What a page shows of a compiled network: its layers in order, the core-ops of each, the float operators that they compute, and what reads what. */
import { z } from 'zod';
import type { Artefact } from '../../cores/artefact.js';
import { computes, readsOf, writeOf } from '../../cores/ops.js';
import { gatheredRows } from '../../cores/scales.js';
import type { CoreGraph, CoreOp, MapShape, Op } from '../../cores/types.js';
import type { Graph } from '../../graph/types.js';

/** A core-op: one tile of weights. */
export interface TileFacts {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly positions: number;
  /** 0 where it reads other layers only, else one more than what it reads. */
  readonly depth: number;
  /** `shift 9`, `gain 3`. */
  readonly setting: string;
  /** Core and turn of the mapping. */
  readonly core: number | null;
  readonly turn: number;
  /** Rows and columns used, as shares of the core's; 1 where it has no size. */
  readonly used: readonly [rows: number, columns: number];
}

export interface LayerFacts {
  readonly name: string;
  /** Whether the chip computes in it: cores, native maxima. The others are wiring. */
  readonly computes: boolean;
  readonly tiles: readonly TileFacts[];
  /** Native maxima. */
  readonly maxima: number;
  readonly positions: number;
  readonly shape: MapShape;
  readonly copies: number;
  /** Kinds of the float operators that it computes, in order; `null` if the float network is not at hand. */
  readonly operators: readonly string[] | null;
  /** Layers that it reads, by index; -1: the input. */
  readonly reads: readonly number[];
  /** How often each integer weight occurs, from `lo` up; `null` where there are none. */
  readonly weights: { readonly lo: number; readonly counts: readonly number[] } | null;
}

const mappingSchema = z.object({
  assignments: z.array(z.object({ op: z.string(), core: z.number(), turn: z.number() })),
  chips: z.number(), cores: z.number(), mats: z.number(), turns: z.number(), utilisation: z.number(), usesPerSample: z.number(),
});

export type MappingFacts = z.output<typeof mappingSchema>;

/** The mapping of an artefact, if it has one that is of this version's form. */
export function mappingFacts({ mapping }: Artefact): MappingFacts | null {
  return mappingSchema.safeParse(mapping).data ?? null;
}

const layerSchema = z.object({ name: z.string(), sqnrDb: z.number().nullable(), saturated: z.number().nullable() });

export type CompiledLayer = z.output<typeof layerSchema>;

/** What compile measured of each layer, by name. */
export function compiledLayers({ layers }: Artefact): Map<string, CompiledLayer> {
  return new Map(layers.flatMap((layer) => layerSchema.safeParse(layer).data ?? []).map((layer) => [layer.name, layer]));
}

/** `boundaries`: the layer that gives a float tensor, by the tensor's id; `float`: the float network. */
export function layerFacts(
  { graph }: Artefact, mapping: MappingFacts | null, float: { readonly graph: Graph; readonly boundaries: ReadonlyMap<number, string> } | null,
): LayerFacts[] {
  const names = [...new Set(graph.ops.map((op) => op.layer))];
  const index = new Map(names.map((name, i) => [name, i]));
  const places = new Map(mapping?.assignments.map((a) => [a.op, a]) ?? []);
  const operators = float === null ? null : operatorsOf(float.graph, float.boundaries);
  const producer = new Map(graph.ops.map((op) => [writeOf(op), index.get(op.layer) ?? -1]));
  return names.map((name, i): LayerFacts => {
    const ops = graph.ops.filter((op) => op.layer === name);
    const last = ops.findLast(computes) ?? ops[ops.length - 1];
    const signal = graph.signals[writeOf(last)];
    const depths = depthsOf(ops);
    const reads = [...new Set(ops.flatMap(readsOf).map((s) => producer.get(s) ?? -1))].filter((layer) => layer !== i).sort((a, b) => a - b);
    return {
      name, computes: ops.some(computes),
      tiles: ops.flatMap((op, o): TileFacts[] => (op.kind === 'core' ? [tileFacts(graph, op, depths[o], places.get(op.name))] : [])),
      maxima: ops.filter((op) => op.kind === 'maximum').length,
      positions: 'positions' in last ? last.positions[0] * last.positions[1] : 0,
      shape: signal.shape, copies: signal.copies, operators: operators === null ? null : operators.get(name) ?? [], reads, weights: weightCounts(ops),
    };
  });
}

function depthsOf(ops: readonly Op[]): number[] {
  const depth = new Map<number, number>();
  return ops.map((op) => {
    const mine = Math.max(0, ...readsOf(op).map((s) => (depth.get(s) ?? -1) + 1));
    depth.set(writeOf(op), Math.max(mine, depth.get(writeOf(op)) ?? 0));
    return mine;
  });
}

function tileFacts({ chip }: CoreGraph, op: CoreOp, depth: number, place: { core: number; turn: number } | undefined): TileFacts {
  const rows = gatheredRows(op.gathers) + op.constantRows;
  const { config } = op;
  return {
    name: op.name, rows, columns: op.columns, positions: op.positions[0] * op.positions[1], depth,
    setting: config.gain !== undefined ? `gain ${config.gain}` : config.shift !== undefined ? `shift ${config.shift}` : '',
    core: place?.core ?? null, turn: place?.turn ?? 0, used: [rows / (chip.core.rows ?? rows), op.columns / (chip.core.columns ?? op.columns)],
  };
}

function weightCounts(ops: readonly Op[]): LayerFacts['weights'] {
  const tiles = ops.flatMap((op) => (op.kind === 'core' && op.weights instanceof Int16Array ? [op.weights] : []));
  if (tiles.length === 0) return null;
  let [lo, hi] = [0, 0];
  for (const weights of tiles) for (const w of weights) [lo, hi] = [Math.min(lo, w), Math.max(hi, w)];
  const counts = new Array<number>(hi - lo + 1).fill(0);
  for (const weights of tiles) for (const w of weights) counts[w - lo]++;
  return { lo, counts };
}

/** Each float operator belongs to the layer that gives its output, else to that of the first operator that reads it. */
function operatorsOf(graph: Graph, boundaries: ReadonlyMap<number, string>): Map<string, string[]> {
  const layerOf = new Map<number, string>();
  const found = new Map<string, string[]>();
  for (const node of [...graph.nodes].reverse()) {
    const layer = node.outputs.map((t) => boundaries.get(t) ?? layerOf.get(t)).find((l) => l !== undefined);
    if (layer === undefined) continue;
    for (const t of node.inputs) if (t >= 0 && graph.tensors[t].data === undefined && !boundaries.has(t)) layerOf.set(t, layer);
    found.set(layer, [node.op, ...(found.get(layer) ?? [])]);
  }
  return found;
}
