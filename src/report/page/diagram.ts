/**
 * The network as compiled, as a picture: a box a layer, with its float operators and a square for each of its core-ops. Graphviz says where things are;
 * names never reach it.
 */
import { count, shape as dimensions } from '../numbers.js';
import type { Drawing } from './draw.js';
import { type Html, html } from './html.js';
import { anchorOf } from './layer-name.js';
import type { LayerFacts, TileFacts } from './network.js';

/** In CSS pixels. */
const WIDTH = 264;
const PADDING = 10;
const LINE = 16;
const TILE = 14;
const GAP = 3;
const TILES_A_ROW = Math.floor((WIDTH - 2 * PADDING - TILE) / (TILE + GAP));
/** Rows of squares of one layer; what is left over is said in words. */
const MOST_ROWS = 6;
const SMALL = { width: 130, height: 24 };
/** Graphviz counts in inches. */
const INCH = 72;

interface Box {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** Drawn with the origin in its upper left corner. */
  readonly content: Html;
}

export function diagram(layers: readonly LayerFacts[], input: readonly number[], hostOps: readonly string[], drawing: Drawing): Html {
  const last = layers.length - 1;
  const boxes = [
    small('in', `input ${dimensions(input)}`), ...layers.map((layer, i) => (layer.computes ? layerBox(layer, i) : wiringBox(layer, i))),
    ...hostOps.map((op, i) => small(`h${i}`, `host: ${op}`)),
  ];
  const edges = layers.flatMap(({ reads }, i) => reads.map((r): [string, string] => [r < 0 ? 'in' : `n${r}`, `n${i}`]));
  hostOps.forEach((_, i) => edges.push([i === 0 ? `n${last}` : `h${i - 1}`, `h${i}`]));
  return picture(boxes, drawing.places(dotOf(boxes, edges)), layers.length);
}

function dotOf(boxes: readonly Box[], edges: readonly (readonly [string, string])[]): string {
  const nodes = boxes.map(({ id, width, height }) => `${id} [width=${width / INCH}, height=${height / INCH}]`);
  // The layer before stays straight above: a skip goes round it.
  const lines = edges.map(([from, to]) => `${from} -> ${to}${isNext(from, to) ? ' [weight=20]' : ''}`);
  return `digraph { nodesep=0.3; ranksep=0.28; node [shape=box, fixedsize=true, label=""]; ${[...nodes, ...lines].join('; ')} }`;
}

function isNext(from: string, to: string): boolean {
  return from === 'in' || Number(to.slice(1)) === Number(from.slice(1)) + 1;
}

function picture(boxes: readonly Box[], plain: string, layers: number): Html {
  const content = new Map(boxes.map((box) => [box.id, box]));
  const px = (inches: string): number => Math.round(Number(inches) * INCH * 10) / 10;
  const parts: Html[] = [];
  let [width, height] = [0, 0];
  for (const words of plain.split('\n').map((row) => row.split(' '))) {
    if (words[0] === 'graph') [width, height] = [px(words[2]), px(words[3])];
    if (words[0] === 'edge') parts.push(edge(words.slice(4, 4 + 2 * Number(words[3])).map(px), height));
    if (words[0] !== 'node') continue;
    const box = content.get(words[1]);
    if (box === undefined) continue;
    parts.push(html`<g transform="translate(${px(words[2]) - box.width / 2} ${round(height - px(words[3]) - box.height / 2)})">${box.content}</g>`);
  }
  const size = `${-2} ${-2} ${Math.ceil(width) + 4} ${Math.ceil(height) + 8}`;
  return html`<svg class="graph" width="${Math.ceil(width) + 4}" height="${Math.ceil(height) + 8}" viewBox="${size}" role="group"
 aria-label="${`Graph of ${layers} layers, top to bottom; each box leads to the details of its layer`}">${parts}</svg>`;
}

function round(v: number): number {
  return Math.round(v * 10) / 10;
}

/** A chain of cubic curves, and its head. */
function edge(points: readonly number[], height: number): Html {
  const at = (i: number): string => `${points[i]} ${round(height - points[i + 1])}`;
  const curves = Array.from({ length: (points.length - 2) / 6 }, (_, k) => `C${at(2 + 6 * k)} ${at(4 + 6 * k)} ${at(6 + 6 * k)}`);
  const end = points.length - 2;
  return html`<path class="wire" d="M${at(0)}${curves.join('')}"/><path class="head" d="M${at(end)}m-3.5 0l3.5 8l3.5-8z"/>`;
}

function layerBox(layer: LayerFacts, index: number): Box {
  const rows = squareRows(layer.tiles);
  const shown = rows.slice(0, MOST_ROWS);
  const hidden = rows.slice(MOST_ROWS).reduce((n, row) => n + row.length, 0);
  const operators = operatorText(layer);
  const top = PADDING + LINE + (operators === '' ? 0 : LINE - 2) + 4;
  const height = top + shown.length * (TILE + GAP) + (hidden > 0 ? LINE : 0) + PADDING - (shown.length > 0 ? GAP : 4);
  const size = sizeText(layer);
  const room = Math.floor((WIDTH - 2 * PADDING) / 6.9) - size.length;
  const content = html`<a href="#${anchorOf(index)}"><title>${layer.name}: ${tileText(layer)}</title>
<rect class="box" width="${WIDTH}" height="${height}" rx="4"/><text class="title" x="${PADDING}" y="${PADDING + 11}">${shortened(layer.name, room)}</text>
<text class="faint" x="${WIDTH - PADDING}" y="${PADDING + 11}" text-anchor="end">${size}</text>${
    operators === '' ? '' : html`<text class="faint" x="${PADDING}" y="${PADDING + LINE + 9}">${shortened(operators, 40)}</text>`
  }${shown.map((row, r) => row.map((tile, k) => square(tile, PADDING + k * (TILE + GAP), top + r * (TILE + GAP))))}${
    hidden > 0 ? html`<text class="faint" x="${PADDING}" y="${top + shown.length * (TILE + GAP) + 11}">and ${count(hidden)} more</text>` : ''
  }</a>`;
  return { id: `n${index}`, width: WIDTH, height, content };
}

/** Rows of squares, a new one for each depth: merges come below what they merge. */
function squareRows(tiles: readonly TileFacts[]): TileFacts[][] {
  const depths = [...new Set(tiles.map(({ depth }) => depth))].sort((a, b) => a - b);
  return depths.flatMap((depth) => {
    const row = tiles.filter((tile) => tile.depth === depth);
    return Array.from({ length: Math.ceil(row.length / TILES_A_ROW) }, (_, i) => row.slice(i * TILES_A_ROW, (i + 1) * TILES_A_ROW));
  });
}

/** A core, and the part of its rows (down) and columns (across) that the tile takes. */
function square({ used: [down, across] }: TileFacts, x: number, y: number): Html {
  const length = (share: number): number => Math.max(1.5, round(share * TILE));
  const used = `h${length(across)}v${length(down)}h-${length(across)}z`;
  return html`<path class="core" d="M${x} ${y}h${TILE}v${TILE}h-${TILE}z"/><path class="used" d="M${x} ${y}${used}"/>`;
}

function wiringBox(layer: LayerFacts, index: number): Box {
  return small(`n${index}`, shortened(layer.name, 19));
}

function small(id: string, text: string): Box {
  const { width, height } = SMALL;
  const content = html`<rect class="box quiet" width="${width}" height="${height}" rx="12"/><text class="faint" x="${width / 2}" y="16"
 text-anchor="middle">${shortened(text, 20)}</text>`;
  return { id, width, height, content };
}

/** `28 x 28 x 6`, copies left out. */
export function sizeText({ shape: [height, width, channels], copies }: LayerFacts): string {
  return dimensions([height, width, channels / copies]);
}

/** Kinds in order, repeated ones once with their number. */
export function operatorText({ operators, maxima, tiles }: LayerFacts): string {
  if (operators === null) return maxima > 0 && tiles.length === 0 ? 'native maximum' : '';
  const counts = new Map<string, number>();
  for (const op of operators) counts.set(op, (counts.get(op) ?? 0) + 1);
  return [...counts].map(([op, n]) => (n > 1 ? `${n} ${op}` : op)).join(', ');
}

export function tileText({ tiles, maxima, positions }: LayerFacts): string {
  const cores = tiles.length === 1 ? '1 core-op' : `${count(tiles.length)} core-ops`;
  const native = maxima > 0 ? `${tiles.length > 0 ? `${cores} and ` : ''}${count(maxima)} native ${maxima === 1 ? 'maximum' : 'maxima'}` : cores;
  return `${native} at ${count(positions)} ${positions === 1 ? 'position' : 'positions'}`;
}

function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = Math.ceil((most - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (most - 1 - head))}`;
}
