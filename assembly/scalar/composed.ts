/**
 * Composed arithmetic (spec/chips.md, section 4), any parameters, one output at a time.
 */

/** `Q(d, k) = sgn(d) * min(|d| >> k, greatest)`. */
@inline
function convert(d: i64, k: i32, greatest: i64): i64 {
  return d < 0 ? -min((-d) >> <i64>k, greatest) : min(d >> <i64>k, greatest);
}

/**
 * `w` is int16, one column after the other [columns x rows]. `shift` is the converter's shift of the lowest cell and phase. With
 * `separate`, the two arrays are converted on their own. `lo`..`hi` clamps the result; then the table, if any, or the offset. Pitches in
 * elements.
 */
export function composedScalar(
  x: usize, xPitch: usize, count: i32, y: usize, yPitch: usize, rows: i32, columns: i32, w: usize, phases: i32, phaseBits: i32,
  cells: i32, cellBits: i32, separate: i32, shift: i32, converterBits: i32, lo: i32, hi: i32, offset: i32, table: usize,
): void {
  const greatest: i64 = ((<i64>1) << converterBits) - 1;
  for (let r = 0; r < count; r++) {
    let column = w;
    for (let j = 0; j < columns; j++) {
      let result: i64 = 0;
      for (let v = 0; v < cells; v++) {
        for (let u = 0; u < phases; u++) {
          const k = shift - cellBits * v - phaseBits * u;
          const plus = arraySum(x, column, rows, phaseBits * u, phaseBits, cellBits * v, cellBits, 1);
          const minus = arraySum(x, column, rows, phaseBits * u, phaseBits, cellBits * v, cellBits, -1);
          if (separate) result += convert(plus, k, greatest) - convert(minus, k, greatest);
          else result += convert(plus - minus, k, greatest);
        }
      }
      result = min(max(result, <i64>lo), <i64>hi);
      const index = <i32>result;
      store<i16>(y + (<usize>j << 1), table ? <i32>load<i16>(table + (<usize>(index - lo) << 1)) : index + offset);
      column += <usize>rows << 1;
    }
    x += xPitch << 1;
    y += yPitch << 1;
  }
}

/** Sum over the cells of one array: weights of the sign `sign`, their bits from `wFrom`, times the inputs' bits from `xFrom`. */
function arraySum(x: usize, w: usize, rows: i32, xFrom: i32, xBits: i32, wFrom: i32, wBits: i32, sign: i32): i64 {
  const xMask = (1 << xBits) - 1;
  const wMask = (1 << wBits) - 1;
  let sum: i64 = 0;
  for (let i = 0; i < rows; i++) {
    const k = <usize>i << 1;
    const magnitude = <i32>load<i16>(w + k) * sign;
    if (magnitude > 0) sum += <i64>(((<i32>load<i16>(x + k) >> xFrom) & xMask) * ((magnitude >> wFrom) & wMask));
  }
  return sum;
}
