/** Share of an edge's values that no function holds at the least of them: there alone errors pass. */
export function activeShare({ values, min }: { readonly values: Float32Array; readonly min: number }): number {
  return values.reduce((n, v) => n + (v > min ? 1 : 0), 0) / Math.max(1, values.length);
}
