/** Shards: parts of a data set that are evaluated apart. */

/** The part `index` of `of`, from 1 on. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** Samples `first`..`end - 1`. */
export interface SampleRange {
  readonly first: number;
  readonly end: number;
}

/** More parts than any cluster runs. */
export const MOST_SHARDS = 100_000;

/** One run of neighbouring samples a shard, as even as whole numbers allow: files that lie together are read together, and parts join end to end. */
export function shardRange(samples: number, { index, of }: Shard = { index: 1, of: 1 }): SampleRange {
  return { first: Math.floor(((index - 1) * samples) / of), end: Math.floor((index * samples) / of) };
}

/** `2/8` as a shard; nothing where it is none. */
export function parseShard(text: string): Shard | undefined {
  const [, index, of] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).map(Number);
  return index >= 1 && index <= of && of <= MOST_SHARDS ? { index, of } : undefined;
}
