/** In which order samples are seen, and how they are moved: by seed, whatever the workers. */
import { random32 } from '../prng.js';

/** Random numbers of one epoch start this far apart. */
const EPOCH_STRIDE = 2 ** 32;

/** The numbers 0..count-1 in the order of an epoch (Fisher and Yates). */
export function shuffled(count: number, seed: number, epoch: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor((random32(seed, epoch * EPOCH_STRIDE + i) / 2 ** 32) * (i + 1));
    const kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
  return order;
}

/** How far sample `index` is moved down and to the right in an epoch: -most..most each. */
export function shiftOf(index: number, seed: number, epoch: number, most: number): readonly [down: number, right: number] {
  const random = random32(seed, epoch * EPOCH_STRIDE + EPOCH_STRIDE / 2 + index);
  const span = 2 * most + 1;
  return [(random % span) - most, (Math.floor(random / span) % span) - most];
}

/** Moves planes [.. x height x width] in place; what comes in is 0. */
export function shiftPlanes(values: Float32Array, height: number, width: number, down: number, right: number): void {
  if (down === 0 && right === 0) return;
  for (let plane = 0; plane < values.length; plane += height * width) {
    const source = values.slice(plane, plane + height * width);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [sy, sx] = [y - down, x - right];
        const inside = sy >= 0 && sy < height && sx >= 0 && sx < width;
        values[plane + y * width + x] = inside ? source[sy * width + sx] : 0;
      }
    }
  }
}
