/** Search among ascending candidates. */

/** The candidate of least error, walking from `start` (which must be among the ascending candidates) upwards and then downwards while that helps. */
export async function climb(candidates: readonly number[], start: number, errorOf: (candidate: number) => Promise<number>): Promise<number> {
  const first = candidates.indexOf(start);
  let best = { candidate: start, error: await errorOf(start) };
  for (const direction of [1, -1]) {
    for (let i = first + direction; i >= 0 && i < candidates.length; i += direction) {
      const error = await errorOf(candidates[i]);
      if (error >= best.error) break;
      best = { candidate: candidates[i], error };
    }
    if (best.candidate !== start) break;
  }
  return best.candidate;
}
