/** re-encode: a code for the input and for every weighted sum, from golden values on calibration data. */
import type { CodeRange } from '../chip/types.js';
import type { Code } from '../cores/types.js';
import type { Edge, Reformed } from '../reform/types.js';
import { boundsOf } from '../cores/activation.js';
import { codeOver, decisiveTop, searchCode, wholeCode } from '../cores/range.js';
import { noiseBeside } from '../cores/active.js';
import { peakError } from '../cores/peaks.js';
import type { Calibration, EdgeSamples } from './types.js';

/** Codes as the chip takes them: of inputs, and of what cores give. */
export interface CodeRanges {
  readonly input: CodeRange;
  readonly output: CodeRange;
}

export interface EncodeOptions {
  /** Ranges are those of least squared error or, without this, from minimum to maximum; default with. */
  readonly search?: boolean;
  /** The edge of the network's outputs, if they are a vector. */
  readonly decides?: Edge | null;
  /** How many copies of a sum's output there will be; default 1. */
  readonly copiesOf?: (edge: Edge) => number;
  /** Variance of what a core adds to a result in squared codes, times 12: 1 (default) for one rounding. */
  readonly noise?: number;
}

/** `ties`: groups of edges that must share one code. */
export function encode(
  graph: Reformed, calibration: Calibration, ranges: CodeRanges, ties: readonly (readonly Edge[])[],
  { search = true, decides = null, copiesOf = () => 1, noise = 1 }: EncodeOptions = {},
): Map<Edge, Code> {
  const codes = new Map<Edge, Code>();
  const codeOf = search ? searchCode : wholeCode;
  codes.set(graph.input, codeOf({ ...samplesOf(calibration, graph.input), codes: ranges.input, bounds: graph.inputRange ?? [-Infinity, Infinity] }));
  for (const node of graph.nodes) {
    if (node.kind !== 'sum' && node.kind !== 'function') continue;
    const samples = samplesOf(calibration, node.output);
    const leastTop = node.output === decides ? decisiveTop(samples.values, node.output.shape[0]) : 0;
    const request = { ...samples, leastTop, codes: ranges.output, bounds: boundsOf(node.activation) };
    const copies = copiesOf(node.output);
    const added = noiseBeside(samples, noise, copies);
    codes.set(node.output, codeOf({ ...request, copies, beside: (code) => peakError(samples, code) + added * code.step[0] ** 2 }));
  }
  for (const group of ties) {
    const shared = widest(group.flatMap((edge) => codes.get(edge) ?? []));
    for (const edge of group) codes.set(edge, shared);
  }
  return codes;
}

function samplesOf(calibration: Calibration, edge: Edge): EdgeSamples {
  const samples = calibration.get(edge);
  if (samples === undefined) throw new Error(`no golden values of ${edge.name}`);
  return samples;
}

/** One code that reaches as far as any of the group. */
function widest(codes: readonly Code[]): Code {
  const ends = codes.map((c) => [(c.lo - c.zero[0]) * c.step[0], (c.hi - c.zero[0]) * c.step[0]]);
  return codeOver(Math.min(...ends.map((e) => e[0])), Math.max(...ends.map((e) => e[1])), codes[0]);
}
