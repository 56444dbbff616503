/** Small dense linear algebra in float64: symmetric positive definite systems, row-major. */

/** Cholesky's lower factor of a symmetric positive definite [n x n] matrix: A = L L^T. Throws RangeError if it is not positive definite. */
export function cholesky(a: Float64Array, n: number): Float64Array {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j];
      for (let k = 0; k < j; k++) sum -= l[i * n + k] * l[j * n + k];
      if (i !== j) {
        l[i * n + j] = sum / l[j * n + j];
        continue;
      }
      if (!(sum > 0)) throw new RangeError('the matrix is not positive definite');
      l[i * n + i] = Math.sqrt(sum);
    }
  }
  return l;
}

/** Solves A X = B for A = L L^T; B and the result are [n x columns]. */
export function solve(l: Float64Array, n: number, b: Float64Array, columns: number): Float64Array {
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) subtractRow(x, columns, i, k, l[i * n + k]);
    for (let c = 0; c < columns; c++) x[i * columns + c] /= l[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) subtractRow(x, columns, i, k, l[k * n + i]);
    for (let c = 0; c < columns; c++) x[i * columns + c] /= l[i * n + i];
  }
  return x;
}

function subtractRow(x: Float64Array, columns: number, to: number, from: number, factor: number): void {
  if (factor === 0) return;
  for (let c = 0; c < columns; c++) x[to * columns + c] -= factor * x[from * columns + c];
}

/** Inverse of A = L L^T. */
export function inverse(l: Float64Array, n: number): Float64Array {
  const one = new Float64Array(n * n);
  for (let i = 0; i < n; i++) one[i * n + i] = 1;
  return solve(l, n, one, n);
}

/** A copy of a symmetric matrix with `damp` times the mean of its diagonal added there; entries of a zero diagonal get 1. */
export function damped(a: Float64Array, n: number, damp: number): Float64Array {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += a[i * n + i];
  const result = Float64Array.from(a);
  for (let i = 0; i < n; i++) result[i * n + i] += trace === 0 ? 1 : (damp * trace) / n;
  return result;
}
