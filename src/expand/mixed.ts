/**
 * Dividing the rows of a sum that is too tall for a core between row blocks, whose partial sums are merged, and the merges themselves: a merge has rows to
 * spare, and what it multiplies itself is rounded once less.
 */
import { chunkRows, type Chunk } from './chunks.js';

/** What a division has to keep to. */
export interface MergeRoom {
  /** Channels of the sum, and codes that a partial sum of all of them takes. */
  readonly channels: number;
  readonly values: number;
  readonly columnLimit: number;
  /** Rows of a row block, and of a merge without its bias. */
  readonly blockRows: number;
  readonly mergeRows: number;
  /** Rows that a merge which multiplies should leave free besides. */
  readonly spare: number;
  /** Rows that residuals take in a merge, for each channel. */
  readonly residual: number;
  /** Channels that a merge can give. */
  readonly widest: number;
}

/** A sum whose merges take the rows `direct` themselves: `blocks` row blocks of the rest, and merges of `width` channels. */
export interface MixedPlan {
  readonly blocks: number;
  readonly width: number;
  readonly direct: readonly Chunk[];
  readonly rest: readonly Chunk[];
}

/**
 * The division that takes the fewest core-ops, and of those the fewest row blocks; `null` where none spares core-ops or row blocks against merges that only
 * add.
 */
export function mixedPlan(whole: readonly Chunk[], room: MergeRoom): MixedPlan | null {
  const rows = whole.reduce((n, c) => n + chunkRows(c), 0);
  const each = room.values / room.channels;
  const plain = Math.ceil(rows / room.blockRows);
  const cost = (blocks: number, merges: number): number => blocks * Math.ceil(room.values / room.columnLimit) + merges;
  const directRows = (blocks: number, width: number): number => room.mergeRows - room.spare - width * (blocks * each + room.residual);
  const merged = Math.min(room.widest, Math.floor(room.mergeRows / (plain * each + room.residual)));
  const plainCost = merged < 1 ? Number.POSITIVE_INFINITY : cost(plain, Math.ceil(room.channels / merged));
  let best: { blocks: number; width: number; cost: number } | null = null;
  for (let blocks = plain; blocks >= 1; blocks--) {
    const merges = fewestMerges(room, (width) => directRows(blocks, width) >= Math.max(1, rows - blocks * room.blockRows));
    if (merges === null) continue;
    const found = { blocks, width: Math.ceil(room.channels / merges), cost: cost(blocks, merges) };
    const spares = found.cost < plainCost || (found.cost === plainCost && blocks < plain);
    if (spares && (best === null || found.cost <= best.cost)) best = found;
  }
  if (best === null) return null;
  const divided = divideRows(whole, directRows(best.blocks, best.width));
  const left = divided.rest.reduce((n, c) => n + chunkRows(c), 0);
  return divided.direct.length === 0 || left === 0 || left > best.blocks * room.blockRows ? null : { ...divided, blocks: best.blocks, width: best.width };
}

/** The fewest merges of all channels whose width is allowed. */
function fewestMerges({ channels, widest }: MergeRoom, allowed: (width: number) => boolean): number | null {
  for (let merges = Math.ceil(channels / widest); merges <= channels; merges++) if (allowed(Math.ceil(channels / merges))) return merges;
  return null;
}

/** Takes whole channels of the chunks, as many as have `rows` rows; the last terms first, which are often the short ones. */
function divideRows(chunks: readonly Chunk[], rows: number): { direct: Chunk[]; rest: Chunk[] } {
  const direct: Chunk[] = [];
  const rest: Chunk[] = [];
  let left = rows;
  for (const chunk of [...chunks].reverse()) {
    const [from, to] = chunk.channels;
    const each = chunkRows(chunk) / (to - from);
    const count = Math.min(to - from, Math.floor(left / each));
    left -= each * count;
    if (count > 0) direct.unshift({ ...chunk, channels: [to - count, to] });
    if (count < to - from) rest.unshift({ ...chunk, channels: [from, to - count] });
  }
  return { direct, rest };
}
