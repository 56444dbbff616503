/**
 * Radix-coded arithmetic (spec/chips.md, section 7), plane by plane, one output at a time.
 */

/**
 * Sample s of `count` is the `bits` rows of `x` from row s * bits (int16, 0 or 1), most significant first; it gives row s of `y`. `w` is
 * int16, one column after the other [columns x rows]; `bias` int32, one a column. Pitches in elements.
 */
export function radixScalar(
  x: usize, xPitch: usize, count: i32, y: usize, yPitch: usize, rows: i32, columns: i32, w: usize, bias: usize, bits: i32, shift: i32,
): void {
  const greatest: i64 = ((<i64>1) << bits) - 1;
  for (let s = 0; s < count; s++) {
    let column = w;
    for (let j = 0; j < columns; j++) {
      let v: i64 = 0;
      let plane = x;
      for (let t = 0; t < bits; t++) {
        v *= 2;
        for (let i = 0; i < rows; i++) {
          const k = <usize>i << 1;
          if (load<i16>(plane + k)) v += <i64>load<i16>(column + k);
        }
        plane += xPitch << 1;
      }
      const sum = (v + <i64>load<i32>(bias + (<usize>j << 2))) >> <i64>shift;
      store<i16>(y + (<usize>j << 1), <i32>min(max(sum, 0), greatest));
      column += <usize>rows << 1;
    }
    x += <usize>bits * xPitch << 1;
    y += yPitch << 1;
  }
}
