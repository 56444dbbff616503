/** The learning rate over time, as a part of the first one. */
export type ScheduleName = 'constant' | 'cosine';

/** Part of the rate at step `step` of `steps`: 1, or (1 + cos(pi step / steps)) / 2. */
export function scheduled(name: ScheduleName, step: number, steps: number): number {
  return name === 'constant' ? 1 : (1 + cosPi(step / steps)) / 2;
}

const PI = 3.141592653589793;

/** cos(pi u) for 0 <= u <= 1 by its series, the same bits on every engine; error below 1e-14. */
export function cosPi(u: number): number {
  if (u > 0.5) return -cosPi(1 - u);
  const t = PI * u * (PI * u);
  let [sum, term] = [1, 1];
  for (let n = 1; n <= 12; n++) {
    term *= -t / ((2 * n - 1) * (2 * n));
    sum += term;
  }
  return sum;
}
