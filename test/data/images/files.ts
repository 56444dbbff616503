/** Images that tests make for themselves. */
import sharp from 'sharp';

/** Smooth stripes with some noise, so that every pixel differs from its neighbours: [height x width x channels]. */
export function picture(width: number, height: number, channels: 1 | 3 | 4, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: width * height * channels }, (_, i) => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    const [x, y, c] = [Math.floor(i / channels) % width, Math.floor(i / channels / width), i % channels];
    return Math.max(0, Math.min(255, Math.round(127 + 90 * Math.sin(x / (3 + c)) + 20 * Math.cos(y / 4) + (state / 2 ** 31) * 30 - 15)));
  });
}

export async function png(pixels: Uint8Array, width: number, height: number, channels: 1 | 3 | 4): Promise<Uint8Array> {
  return sharp(pixels, { raw: { width, height, channels } }).png().toBuffer();
}

export async function jpeg(pixels: Uint8Array, width: number, height: number, channels: 1 | 3): Promise<Uint8Array> {
  return sharp(pixels, { raw: { width, height, channels } }).jpeg({ quality: 90 }).toBuffer();
}
