/** Cutting the rows of a weighted sum into pieces that fit a core. */
import type { Term } from '../reform/types.js';

/** Rows that share each weight of a term. */
export interface Rows {
  /** Copies that the signal has of each channel, side by side. */
  readonly units: number;
  /** How often all rows are repeated. */
  readonly copies: number;
  /** Whether the integers of rows that share a weight are chosen together, so that their sum is nearest to it; else each for itself. */
  readonly spread: boolean;
  /** Whether the units are digits: they weigh differently, so that each shares its weight only with what repeats its row. */
  readonly apart?: boolean;
}

export const ONE_ROW: Rows = { units: 1, copies: 1, spread: false };

/** Part of a term's rows: taps `ky`, `kx` and input channels, half-open ranges; each row has its share of the weight. */
export interface Chunk extends Rows {
  readonly term: Term;
  readonly ky: readonly [number, number];
  readonly kx: readonly [number, number];
  readonly channels: readonly [number, number];
}

const size = (range: readonly [number, number]): number => range[1] - range[0];

/** Rows that share a weight. */
export function sharing({ units, copies }: Rows): number {
  return units * copies;
}

export function chunkRows(chunk: Chunk): number {
  return size(chunk.ky) * size(chunk.kx) * size(chunk.channels) * sharing(chunk);
}

/** All taps of a term over a range of input channels. */
export function wholeChunk(term: Term, channels: readonly [number, number], rows: Rows = ONE_ROW): Chunk {
  return { ...rows, term, ky: [0, term.kernel[0]], kx: [0, term.kernel[1]], channels };
}

/** [from, to) in `parts` nearly equal ranges. */
export function split(from: number, to: number, parts: number): [number, number][] {
  return Array.from({ length: parts }, (_, i): [number, number] => [
    from + Math.floor(((to - from) * i) / parts),
    from + Math.floor(((to - from) * (i + 1)) / parts),
  ]);
}

/** Ranges of at most `most` elements, nearly equal. */
export function splitBy(range: readonly [number, number], most: number): [number, number][] {
  return split(range[0], range[1], Math.ceil(size(range) / most));
}

/**
 * Cuts a chunk into pieces of at most `limit` rows: along channels if whole windows fit and that costs no more pieces than cutting
 * anywhere; else along kernel rows, then kernel columns, then channels. Rows that share a weight stay together; where not even one weight's fit,
 * the pieces are taller than the limit.
 */
export function cutChunk(chunk: Chunk, most: number): Chunk[] {
  if (chunkRows(chunk) <= most) return [chunk];
  const limit = Math.max(1, Math.floor(most / sharing(chunk)));
  const taps = size(chunk.ky) * size(chunk.kx);
  const channels = size(chunk.channels);
  const fewest = Math.ceil((taps * channels) / limit);
  const byChannel = taps <= limit ? splitBy(chunk.channels, Math.floor(limit / taps)) : [];
  const perLine = size(chunk.kx) * channels;
  const byLine = perLine <= limit ? splitBy(chunk.ky, Math.floor(limit / perLine)) : [];
  if (byChannel.length > 0 && (byChannel.length <= fewest || byLine.length === 0 || byChannel.length <= byLine.length)) {
    return byChannel.map((c) => ({ ...chunk, channels: c }));
  }
  if (byLine.length > 0) return byLine.map((ky) => ({ ...chunk, ky }));
  if (size(chunk.ky) > 1) return splitBy(chunk.ky, 1).flatMap((ky) => cutChunk({ ...chunk, ky }, most));
  if (channels <= limit) return splitBy(chunk.kx, Math.floor(limit / channels)).map((kx) => ({ ...chunk, kx }));
  return splitBy(chunk.kx, 1).flatMap((kx) => splitBy(chunk.channels, limit).map((c) => ({ ...chunk, kx, channels: c })));
}

/** Packs chunks into blocks of at most `limit` rows, first fit in the given order. */
export function packChunks(chunks: readonly Chunk[], limit: number): Chunk[][] {
  const blocks: { rows: number; chunks: Chunk[] }[] = [];
  for (const chunk of chunks) {
    const rows = chunkRows(chunk);
    const block = blocks.find((b) => b.rows + rows <= limit);
    if (block) {
      block.chunks.push(chunk);
      block.rows += rows;
    } else {
      blocks.push({ rows, chunks: [chunk] });
    }
  }
  return blocks.map((b) => b.chunks);
}

/** Input channels that the output channels [from, to) of a term depend on. */
export function channelsFor(term: Term, outputs: number, columns: readonly [number, number]): [number, number] {
  const perGroupIn = term.input.shape[0] / term.groups;
  const perGroupOut = outputs / term.groups;
  return [Math.floor(columns[0] / perGroupOut) * perGroupIn, Math.ceil(columns[1] / perGroupOut) * perGroupIn];
}
