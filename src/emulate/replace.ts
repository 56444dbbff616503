/**
 * What each layer costs: its output beside the float function of its own inputs, and the network's output with that function in its place. One pass of
 * the float network, in which every layer reads what the chip gave, serves all layers; the chip then runs again from each layer on.
 */
import type { Codes } from '../cores/types.js';
import type { FloatNetwork } from '../graph/evaluate.js';
import { compareCodes, compareValues, errorBeyond, plus } from './compare.js';
import { decodeSignal, encodeSignal } from './edges.js';
import type { Engine } from './engine.js';
import type { Replaced, Replacement } from './tasks.js';

/**
 * Of samples that the engine, which holds all signals, has just run on `codes`, the input's. `golden`: values of the replaced tensors in the float
 * network. Afterwards signals behind the first replacement are others.
 */
export function replaceEach(
  engine: Engine, network: FloatNetwork, replacements: readonly Replacement[], golden: ReadonlyMap<number, Float32Array>, codes: Codes, batch: number,
): Replaced[] {
  const { signals, input, output } = engine.plan;
  // As the float network holds them, so that what only picks values, such as a maximum, shows no error.
  const given = replacements.map(({ signal }) => Float32Array.from(decodeSignal(engine.read(signal, batch), signals[signal], batch)));
  const tensors = replacements.map(({ tensor }) => tensor);
  const local = network.run(
    Float32Array.from(decodeSignal(codes, signals[input], batch)), batch, tensors,
    new Map(given.map((values, i): [number, Float32Array] => [tensors[i], values])),
  );
  const results: Replaced[] = new Array<Replaced>(replacements.length);
  // From the last layer on: what runs again behind a layer leaves all before it as it was.
  for (let i = replacements.length - 1; i >= 0; i--) {
    const { signal, tensor, after } = replacements[i];
    const own = local.get(tensor) ?? new Float32Array(0);
    const exact = golden.get(tensor) ?? new Float32Array(0);
    const asIs = compareCodes(engine.read(signal, batch), signals[signal], exact, batch);
    const introduced = compareValues(given[i], own);
    const inherited = compareValues(own, exact);
    const nearest = encodeSignal(own, signals[signal], batch);
    const rounded = compareCodes(nearest, signals[signal], own, batch);
    const clippedError = errorBeyond(nearest, signals[signal], own, batch);
    engine.load(signal, nearest, batch);
    engine.execute(batch, after);
    results[i] = { asIs, introduced, inherited, rounded, clippedError, output: decodeSignal(engine.read(output, batch), signals[output], batch) };
  }
  return results;
}

export function joinReplaced(a: Replaced | undefined, b: Replaced): Replaced {
  if (a === undefined) return b;
  const output = new Float64Array(a.output.length + b.output.length);
  output.set(a.output);
  output.set(b.output, a.output.length);
  return {
    asIs: plus(a.asIs, b.asIs), introduced: plus(a.introduced, b.introduced), inherited: plus(a.inherited, b.inherited), rounded: plus(a.rounded, b.rounded),
    clippedError: a.clippedError + b.clippedError, output,
  };
}
