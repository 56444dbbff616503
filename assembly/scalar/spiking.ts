/**
 * Spiking arithmetic (spec/chips.md, section 5), one neuron at a time.
 */

/**
 * Runs `steps` time steps. Row t of `x` holds the spikes of step t (int16, 0 or 1), row t of `y` receives those of the neurons. `w` is
 * int16, row-major [rows x columns]; `v`, `leak` and `threshold` are int32, one a column; `v` is kept from call to call. Pitches in
 * elements.
 */
export function spikingScalar(
  x: usize, xPitch: usize, steps: i32, y: usize, yPitch: usize, rows: i32, columns: i32, w: usize, v: usize, leak: usize,
  threshold: usize, least: i32, greatest: i32, floor: i32, subtract: i32,
): void {
  for (let t = 0; t < steps; t++) {
    for (let j = 0; j < columns; j++) {
      const k = <usize>j << 2;
      let sum = <i64>load<i32>(v + k) + <i64>load<i32>(leak + k);
      for (let i = 0; i < rows; i++) {
        if (load<i16>(x + (<usize>i << 1))) sum += <i64>load<i16>(w + (<usize>(i * columns + j) << 1));
      }
      let potential = <i32>min(max(sum, <i64>least), <i64>greatest);
      potential = max(potential, floor);
      const limit = load<i32>(threshold + k);
      const spike = potential >= limit;
      if (spike) potential = subtract ? potential - limit : 0;
      store<i32>(v + k, potential);
      store<i16>(y + (<usize>j << 1), spike ? 1 : 0);
    }
    x += xPitch << 1;
    y += yPitch << 1;
  }
}
