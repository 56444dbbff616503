/** Values of an edge, and the least of all. */
interface Values {
  readonly values: Float32Array;
  readonly min: number;
}

/** Share of an edge's values that no function holds at the least of them: there alone errors pass. */
export function activeShare({ values, min }: Values): number {
  return values.reduce((n, v) => n + (v > min ? 1 : 0), 0) / Math.max(1, values.length);
}

/**
 * Mean squared error, in squared steps, that a core of so much noise (12 times its variance) adds to that of rounding. `copies` of the value, which make the
 * grid so many times finer, lower both alike.
 */
export function noiseBeside(samples: Values, noise: number, copies = 1): number {
  return noise === 1 ? 0 : ((noise - 1) * activeShare(samples)) / 12 / copies ** 2;
}
