/** map: core-ops onto cores, cores onto chips in a mesh; where cores are few, core-ops share them in time. */
import type { Chip } from '../chip/types.js';
import { coreOpsOf } from '../cores/ops.js';
import type { CoreGraph, CoreOp } from '../cores/types.js';
import { fail } from '../diagnostics.js';
import type { Assignment, CorePlace, Mapping, Program } from './types.js';

export interface MapOptions {
  /** Cores at hand; default: one a core-op. */
  readonly cores?: number;
}

export function mapToCores(graph: CoreGraph, options: MapOptions = {}): Program {
  const ops = coreOpsOf(graph);
  // A network of wiring and maxima alone uses no core.
  const limit = options.cores ?? Math.max(1, ops.length);
  if (!Number.isInteger(limit) || limit < 1) fail('T400', 'mapping', `${limit} cores`, { limit: 'at least 1' });
  const cores = Math.min(limit, ops.length);
  // Round robin in order of execution: a core's turns come in the order in which its core-ops are needed.
  const assignments = ops.map((op, i): Assignment => ({ op: op.name, core: i % cores, turn: Math.floor(i / cores) }));
  const turns = cores === 0 ? 0 : Math.ceil(ops.length / cores);
  const uses = new Array<number>(cores).fill(0);
  ops.forEach((op, i) => (uses[i % cores] += op.positions[0] * op.positions[1]));
  const places = placeCores(graph.chip, cores);
  const mapping: Mapping = {
    assignments, places, cores, turns, mats: cores * graph.chip.core.mats, chips: Math.max(0, ...places.map((p) => p.chip)) + 1,
    utilisation: utilisation(graph.chip, ops, cores * turns), usesPerSample: uses.reduce((a, b) => a + b, 0), busiestCoreUses: Math.max(0, ...uses),
  };
  return { graph, mapping };
}

/** Cells that hold a weight, of all cells; 1 where a core has no size. */
function utilisation(chip: Chip, ops: readonly CoreOp[], slots: number): number {
  const { rows, columns } = chip.core;
  if (rows === null || columns === null || slots === 0) return 1;
  const used = ops.reduce((n, op) => n + op.weights.length, 0);
  return used / (slots * rows * columns);
}

/**
 * Cores in order, back and forth along the rows of each chip's mesh, and chips likewise in a mesh as square as can be: neighbours in order are
 * neighbours in place.
 */
function placeCores(chip: Chip, cores: number): CorePlace[] {
  const perChip = chip.layout.coresPerChip ?? cores;
  const chips = Math.ceil(cores / perChip);
  const width = Math.ceil(Math.sqrt(chips));
  const meshWidth = chip.layout.mesh?.[0] ?? Math.ceil(Math.sqrt(perChip));
  return Array.from({ length: cores }, (_, i) => ({
    chip: Math.floor(i / perChip), chipAt: snake(Math.floor(i / perChip), width), at: snake(i % perChip, meshWidth),
  }));
}

function snake(index: number, width: number): [number, number] {
  const y = Math.floor(index / width);
  const x = index % width;
  return [y % 2 === 0 ? x : width - 1 - x, y];
}
