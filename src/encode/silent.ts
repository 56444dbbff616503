/**
 * Weights of channels that carry next to nothing. Folding a batch normalisation into a channel that training has shut divides by a variance of about 0:
 * its weights can be many times all others, which would then have few levels, for the sake of products that are 0.
 */
import type { Edge, Reformed, Term } from '../reform/types.js';
import { channelRanges } from '../cores/channel-ranges.js';
import { inputChannel, Origins } from '../reform/origins.js';
import type { Calibration } from './types.js';

/** A channel is silent if it never reaches this share of its edge's greatest value: half a step of 8 bits. */
const SILENT = 1 / 512;

/** The same network with weights of silent channels limited to the greatest of their term's other weights: what calibration has not seen is not lost. */
export function limitSilent(graph: Reformed, calibration: Calibration): Reformed {
  const origins = new Origins(graph);
  const silent = new Map<Edge, Uint8Array>();
  const silentIn = (edge: Edge): Uint8Array => {
    const known = silent.get(edge) ?? silentChannels(edge, calibration);
    silent.set(edge, known);
    return known;
  };
  const limited = (term: Term): Term => {
    const from = origins.of(term.input);
    const flags = Uint8Array.from(from, (o) => (o === null ? 0 : silentIn(o.edge)[o.channel]));
    if (!flags.includes(1)) return term;
    const most = [0, 0];
    for (let i = 0; i < term.weights.length; i++) {
      const flag = flags[inputChannel(term, i)];
      most[flag] = Math.max(most[flag], Math.abs(term.weights[i]));
    }
    const [heard, unheard] = most;
    if (heard === 0 || unheard <= heard) return term;
    return { ...term, weights: term.weights.map((w, i) => (flags[inputChannel(term, i)] === 0 ? w : Math.min(Math.max(w, -heard), heard))) };
  };
  const nodes = graph.nodes.map((node) => (node.kind === 'sum' ? { ...node, terms: node.terms.map(limited) } : node));
  return { ...graph, nodes };
}

function silentChannels(edge: Edge, calibration: Calibration): Uint8Array {
  const [channels] = edge.shape;
  const samples = calibration.get(edge);
  if (samples === undefined) return new Uint8Array(channels);
  const { values, min, max } = samples;
  const ranges = channelRanges(values, channels);
  const least = SILENT * Math.max(max, -min);
  return Uint8Array.from(ranges.max, (most, c) => (Math.max(most, -ranges.min[c]) < least ? 1 : 0));
}
