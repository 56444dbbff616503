/** What a compilation has made: a row a layer, and a summary. */
import { count, decibels, megabytes, percent, plural, ratio, short } from './numbers.js';
import type { Style } from './colour.js';
import { hostLine, nameIn, table, wrap, type Cell, type Column } from './table.js';

export interface LayerRow {
  readonly name: string;
  readonly coreOps: number;
  readonly positions: number;
  readonly sqnrDb: number;
  readonly saturated: number;
}

export interface FunctionRow {
  readonly name: string;
  readonly function: string;
  readonly chipUnits: number;
  readonly tolerance: number;
  readonly meanError: number;
  readonly maxError: number;
}

export interface CompileSummary {
  readonly artefact: string;
  readonly chip: string;
  readonly coreOps: number;
  readonly cores: number;
  readonly mats: number;
  readonly chips: number;
  readonly turns: number;
  readonly utilisation: number;
  readonly macsPerSample: number;
  readonly hostOps: readonly string[];
  readonly layers: readonly LayerRow[];
  readonly functions: readonly FunctionRow[];
  readonly logitSqnrDb?: number;
  /** Memory that running it takes at most. */
  readonly memoryBytes: number;
}

const COLUMNS: readonly Column[] = [
  { head: 'layer', name: true }, { head: 'core-ops', align: 'right' }, { head: 'positions', align: 'right' }, { head: 'SQNR dB', align: 'right' },
  { head: 'saturated', align: 'right' },
];

export function layerTable(layers: readonly LayerRow[], style: Style): string {
  return table(COLUMNS, layers.map((l) => [
    l.name, count(l.coreOps), count(l.positions), quality(l.sqnrDb, style), percent(l.saturated),
  ]), style);
}

const FUNCTION_COLUMNS: readonly Column[] = [
  { head: 'function', name: true }, { head: 'of', align: 'left' }, { head: 'ReLUs', align: 'right' }, { head: 'mean error', align: 'right' },
  { head: 'greatest', align: 'right' }, { head: 'allowed', align: 'right' },
];

/** Functions that are built from ReLUs; nothing where there are none. */
function functionTable(functions: readonly FunctionRow[], style: Style): string {
  if (functions.length === 0) return '';
  return `${table(FUNCTION_COLUMNS, functions.map((f) => [
    f.name, f.function, count(f.chipUnits), percent(f.meanError), percent(f.maxError), percent(f.tolerance),
  ]), style)}\n`;
}

/** Below 6 dB a signal has lost its meaning; below 15 dB it is worth a look. */
function quality(db: number, style: Style): Cell {
  return { text: decibels(db), paint: db < 6 ? style.bad : db < 15 ? style.doubtful : (text) => text };
}

export function compileReport(s: CompileSummary, style: Style): string {
  const turns = s.turns > 1 ? [`each used in up to ${s.turns} turns`] : [];
  const use = [
    `${nameIn(s.chip)}: ${plural(s.coreOps, 'core-op')} on ${plural(s.cores, 'core')}`, ...turns, plural(s.mats, 'mat'), plural(s.chips, 'chip'),
    `${percent(s.utilisation, 1)} of the cells used`,
  ];
  const lines = [
    wrap(use, style),
    `${short(s.macsPerSample)} multiplications a sample${s.logitSqnrDb === undefined ? '' : `; output SQNR ${ratio(s.logitSqnrDb)}`}`,
    ...(s.hostOps.length > 0 ? [hostLine(s.hostOps, style)] : []),
    `memory to run it: ${megabytes(s.memoryBytes)} at most`,
    `written: ${s.artefact}`,
  ];
  return `${layerTable(s.layers, style)}\n${functionTable(s.functions, style)}${lines.join('\n')}\n`;
}
