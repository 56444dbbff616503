/**
 * Composed arithmetic (spec/chips.md, section 4), any parameters, one output at a time.
 */

/** `Q(d, k) = sgn(d) * min(|d| >> k, greatest)`. */
@inline
function convert(d: i64, k: i32, greatest: i64): i64 {
  return d < 0 ? -min((-d) >> <i64>k, greatest) : min(d >> <i64>k, greatest);
}

/**
 * `w` is int16: for every column, cell and array, the cells' values of all rows; `arrays` is 1 (one array of signed values) or 2 (the
 * positive, then the negative, converted on their own). `shift` is the converter's shift of the lowest cell and phase. `lo`..`hi` clamps
 * the result; then the table, if any, or the offset. Pitches in elements. Sums are exact in 64 bits.
 */
export function composedScalar(
  x: usize, xPitch: usize, count: i32, y: usize, yPitch: usize, rows: i32, columns: i32, w: usize, phases: i32, phaseBits: i32,
  cells: i32, cellBits: i32, arrays: i32, shift: i32, converterBits: i32, lo: i32, hi: i32, offset: i32, table: usize,
): void {
  const greatest: i64 = ((<i64>1) << converterBits) - 1;
  for (let r = 0; r < count; r++) {
    let values = w;
    for (let j = 0; j < columns; j++) {
      let result: i64 = 0;
      for (let v = 0; v < cells; v++) {
        for (let n = 0; n < arrays; n++) {
          for (let u = 0; u < phases; u++) {
            const partial = convert(arraySum(x, values, rows, phaseBits * u, phaseBits), shift - cellBits * v - phaseBits * u, greatest);
            result += n ? -partial : partial;
          }
          values += <usize>rows << 1;
        }
      }
      result = min(max(result, <i64>lo), <i64>hi);
      const index = <i32>result;
      store<i16>(y + (<usize>j << 1), table ? <i32>load<i16>(table + (<usize>(index - lo) << 1)) : index + offset);
    }
    x += xPitch << 1;
    y += yPitch << 1;
  }
}

/** Sum over one array of its cells' values times the inputs' `bits` bits from `from` on. */
function arraySum(x: usize, values: usize, rows: i32, from: i32, bits: i32): i64 {
  const mask = (1 << bits) - 1;
  let sum: i64 = 0;
  for (let i = 0; i < rows; i++) {
    const k = <usize>i << 1;
    sum += <i64>(((<i32>load<i16>(x + k) >> from) & mask) * <i32>load<i16>(values + k));
  }
  return sum;
}
