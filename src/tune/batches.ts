/** Sampled rows in batches, for training. */
import type { EdgeSamples } from '../encode/types.js';

/** Share of the samples that training does not see. */
const HELD_BACK = 0.2;

/** `golden` with its rows in batches: those of a batch lie together, and each has its share of all samples. The last rows are those held back. */
export function batched(golden: EdgeSamples, batch: number): { golden: EdgeSamples; training: number; batches: number } {
  const count = golden.positions.length;
  const channels = golden.values.length / count;
  const samples = golden.samples[count - 1] + 1;
  const seen = samples - Math.floor(samples * HELD_BACK);
  const training = golden.samples.findIndex((s) => s >= seen);
  const end = training <= 0 ? count : training;
  const batches = Math.max(1, Math.floor(end / batch));
  const order = Int32Array.from({ length: count }, (_, i) => i);
  const key = (r: number): number => (r < end ? (r % batches) * count + r : batches * count + r);
  order.sort((a, b) => key(a) - key(b));
  const values = new Float32Array(golden.values.length);
  order.forEach((r, i) => values.set(golden.values.subarray(r * channels, (r + 1) * channels), i * channels));
  return {
    golden: { ...golden, samples: order.map((r) => golden.samples[r]), positions: order.map((r) => golden.positions[r]), values },
    training: end, batches,
  };
}
