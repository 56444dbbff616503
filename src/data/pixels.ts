/** Preprocessing of 8-bit pixels (spec/chips.md, section 2). */

/**
 * `table[256 * c + pixel]` = fround(fround(pixel - mean[c]) * scale[c]), with mean and scale rounded to float32 first.
 */
export function pixelTable(mean: readonly number[], scale: readonly number[]): Float32Array {
  const table = new Float32Array(256 * mean.length);
  for (let c = 0; c < mean.length; c++) {
    const [m, s] = [Math.fround(mean[c]), Math.fround(scale[c])];
    for (let pixel = 0; pixel < 256; pixel++) table[256 * c + pixel] = Math.fround(Math.fround(pixel - m) * s);
  }
  return table;
}

/** Writes a plane of pixels through row `channel` of the table. */
export function writePlane(pixels: Uint8Array, table: Float32Array, channel: number, into: Float32Array, offset: number): void {
  for (let i = 0; i < pixels.length; i++) into[offset + i] = table[256 * channel + pixels[i]];
}
