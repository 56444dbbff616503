/**
 * Core-ops in plain JavaScript over typed arrays, as one would write them for speed: weights packed once, blocks of two samples and several
 * columns in local variables, integer products with Math.imul, the epilogue at the end of each block. Sums must fit 32 bits. Batches and
 * columns are even and multiples of the block.
 */

/** Window arithmetic. A block is 2 samples x 4 columns. */
export function plainWindow({ rows, columns, weights, preload, arithmetic, config, table }) {
  const packed = new Int16Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) packed[((j >> 2) * rows + i) * 4 + (j & 3)] = weights[i * columns + j];
  const bias = preload ?? new Int32Array(columns);
  const limit = 2 ** (arithmetic.accumulatorBits - 1);
  const { shift, clamp: [lo, hi] } = config;
  const entries = table ?? Int16Array.from({ length: hi - lo + 1 }, (_, k) => lo + k);
  const finish = (sum) => {
    const saturated = sum < -limit ? -limit : sum >= limit ? limit - 1 : sum;
    const v = saturated >> shift;
    return entries[(v < lo ? lo : v > hi ? hi : v) - lo];
  };
  return (x, y, batch) => {
    for (let r = 0; r < batch; r += 2) {
      const x0 = r * rows;
      const x1 = x0 + rows;
      for (let j = 0; j < columns; j += 4) {
        let a0 = bias[j];
        let a1 = bias[j + 1];
        let a2 = bias[j + 2];
        let a3 = bias[j + 3];
        let b0 = a0;
        let b1 = a1;
        let b2 = a2;
        let b3 = a3;
        let w = j * rows;
        for (let i = 0; i < rows; i++, w += 4) {
          const p = x[x0 + i];
          const q = x[x1 + i];
          const w0 = packed[w];
          const w1 = packed[w + 1];
          const w2 = packed[w + 2];
          const w3 = packed[w + 3];
          a0 = (a0 + Math.imul(p, w0)) | 0;
          a1 = (a1 + Math.imul(p, w1)) | 0;
          a2 = (a2 + Math.imul(p, w2)) | 0;
          a3 = (a3 + Math.imul(p, w3)) | 0;
          b0 = (b0 + Math.imul(q, w0)) | 0;
          b1 = (b1 + Math.imul(q, w1)) | 0;
          b2 = (b2 + Math.imul(q, w2)) | 0;
          b3 = (b3 + Math.imul(q, w3)) | 0;
        }
        const to = r * columns + j;
        y[to] = finish(a0);
        y[to + 1] = finish(a1);
        y[to + 2] = finish(a2);
        y[to + 3] = finish(a3);
        y[to + columns] = finish(b0);
        y[to + columns + 1] = finish(b1);
        y[to + columns + 2] = finish(b2);
        y[to + columns + 3] = finish(b3);
      }
    }
  };
}

/**
 * PRIME's composed arithmetic (two phases of 3 bits, two cells of 4). One product of `high phase * 2^16 + low phase` with a cell gives both
 * phases' partial sums, which stay below 2^15 for up to 312 rows. A block is 2 samples x 2 columns x 2 cells.
 */
export function plainComposed({ rows, columns, weights, arithmetic: a, config, table }) {
  const packed = new Int16Array(rows * columns * 2);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const w = weights[i * columns + j];
      const at = ((j >> 1) * rows + i) * 4 + (j & 1) * 2;
      packed[at] = Math.sign(w) * (Math.abs(w) >> 4);
      packed[at + 1] = Math.sign(w) * (Math.abs(w) & 15);
    }
  }
  const shift = a.fullScaleShift - config.gain;
  const limit = 2 ** a.converterBits - 1;
  const most = 2 ** a.outputBits - 1;
  const entries = table ?? Int16Array.from({ length: most + 1 }, (_, k) => k);
  const convert = (d, k) => {
    const magnitude = (d < 0 ? -d : d) >> k;
    const least = magnitude > limit ? limit : magnitude;
    return d < 0 ? -least : least;
  };
  const finish = (high, low) => {
    const highLow = (high << 16) >> 16;
    const lowLow = (low << 16) >> 16;
    const sum = convert((high - highLow) >> 16, shift - 7) + convert(highLow, shift - 4) + convert((low - lowLow) >> 16, shift - 3) + convert(lowLow, shift);
    return entries[sum < 0 ? 0 : sum > most ? most : sum];
  };
  const phases = new Int32Array(2 * rows);
  return (x, y, batch) => {
    for (let r = 0; r < batch; r += 2) {
      for (let i = 0; i < 2 * rows; i++) {
        const v = x[r * rows + i];
        phases[i] = ((v >> 3) << 16) | (v & 7);
      }
      for (let j = 0; j < columns; j += 2) {
        let a0 = 0;
        let a1 = 0;
        let a2 = 0;
        let a3 = 0;
        let b0 = 0;
        let b1 = 0;
        let b2 = 0;
        let b3 = 0;
        let w = j * rows * 2;
        for (let i = 0; i < rows; i++, w += 4) {
          const p = phases[i];
          const q = phases[rows + i];
          const w0 = packed[w];
          const w1 = packed[w + 1];
          const w2 = packed[w + 2];
          const w3 = packed[w + 3];
          a0 = (a0 + Math.imul(p, w0)) | 0;
          a1 = (a1 + Math.imul(p, w1)) | 0;
          a2 = (a2 + Math.imul(p, w2)) | 0;
          a3 = (a3 + Math.imul(p, w3)) | 0;
          b0 = (b0 + Math.imul(q, w0)) | 0;
          b1 = (b1 + Math.imul(q, w1)) | 0;
          b2 = (b2 + Math.imul(q, w2)) | 0;
          b3 = (b3 + Math.imul(q, w3)) | 0;
        }
        const to = r * columns + j;
        y[to] = finish(a0, a1);
        y[to + 1] = finish(a2, a3);
        y[to + columns] = finish(b0, b1);
        y[to + columns + 1] = finish(b2, b3);
      }
    }
  };
}

/** A merge with weights of 1, in the window arithmetic: the sum of `rows / columns` partials that lie side by side. */
export function plainMerge({ rows, columns, config, table }) {
  const { shift, clamp: [lo, hi] } = config;
  const entries = table ?? Int16Array.from({ length: hi - lo + 1 }, (_, k) => lo + k);
  return (x, y, batch) => {
    for (let r = 0; r < batch; r++) {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let i = r * rows + j; i < (r + 1) * rows; i += columns) sum = (sum + x[i]) | 0;
        const v = sum >> shift;
        y[r * columns + j] = entries[(v < lo ? lo : v > hi ? hi : v) - lo];
      }
    }
  };
}
