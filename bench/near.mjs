/** An integer form must have the float network's outputs to so many decibels, lest it runs something else. */
const LEAST_DB = 10;

/** Compares outputs with the float network's by the energy of their difference. */
export function expectNear(outputs, expected, what) {
  let [power, error] = [0, 0];
  outputs.forEach((y, i) => {
    power += expected[i] ** 2;
    error += (y - expected[i]) ** 2;
  });
  const decibel = 10 * Math.log10(power / error);
  if (!(decibel >= LEAST_DB)) throw new Error(`${what}: ${decibel.toFixed(1)} dB from the float network, at least ${LEAST_DB} are wanted`);
}
