/** Copies chosen for each signal and layer by marginal gain: what lowers the predicted error of the output most for each core that it costs. */
import { coreOpsOf } from '../cores/ops.js';
import type { LinearStage } from '../cores/realise.js';
import { stepOf } from '../cores/scales.js';
import { TrestleError } from '../diagnostics.js';
import type { Code } from '../cores/types.js';
import { Origins, type Origin } from '../reform/origins.js';
import type { Calibration } from '../encode/types.js';
import type { Edge, MaxPoolNode, Reformed, SumNode } from '../reform/types.js';
import { ExpansionBuilder } from './builder.js';
import { copyGroups, ONE_EACH, sourcesOf, type CopyPlan, type LayerCopies } from './copies.js';
import { expandMaxPool } from './maximum.js';
import { channelVariance, SumNoise, type ReadChannel } from './noise.js';
import { expandSum } from './sum.js';
import type { Expansion } from './types.js';
import { toMap } from './wiring.js';

/** Numbers of copies tried, as far as they are allowed. */
const CHOICES = [1, 2, 3, 4, 6, 8];
/** A step that lowers the predicted error by a smaller share than this is not worth its cores. */
const LEAST_GAIN = 0.005;

export interface BudgetInputs {
  readonly graph: Reformed;
  readonly stage: LinearStage;
  readonly codes: ReadonlyMap<Edge, Code>;
  readonly calibration: Calibration;
  /** Squared error of the output for a squared error of 1, by edge. */
  readonly sensitivity: ReadonlyMap<Edge, number>;
  /** The network without copies inside. */
  readonly base: Expansion;
  /** Core-ops at most. */
  readonly budget: number;
  /** Copies at most. */
  readonly most: number;
  /** How often the core-ops of a sum repeat their rows unasked; `shared`: by term, rows that each weight has anyway. */
  readonly repeats: (node: SumNode, shared: readonly number[]) => number;
  /** What may be more than one each. */
  readonly what: readonly (keyof LayerCopies)[];
}

/** One thing to choose: the copies of a group of edges, or of a layer's partial sums, or the rows of its weights. */
interface Knob {
  readonly what: keyof LayerCopies;
  readonly edges: readonly Edge[];
}

/** Greedy; the same inputs give the same plan. */
export function planCopies(inputs: BudgetInputs): CopyPlan {
  const search = new Search(inputs);
  let plan: CopyPlan = new Map(search.sums.map((node) => [node.output, ONE_EACH]));
  let now = search.rate(plan);
  for (;;) {
    let best: { plan: CopyPlan; now: Rating; rank: number } | null = null;
    for (const knob of search.knobs) {
      const current = (plan.get(knob.edges[0]) ?? ONE_EACH)[knob.what];
      for (const choice of CHOICES.filter((n) => n > current && n <= inputs.most)) {
        const tried = withChoice(plan, knob, choice);
        const next = search.rate(tried);
        // More copies take no fewer cores: it saves most of the expansions that sizes are taken from.
        if (next.cores > inputs.budget) break;
        const gain = now.error - next.error;
        if (!(gain > LEAST_GAIN * now.error)) continue;
        const rank = gain / Math.max(next.cores - now.cores, 1e-6);
        if (best === null || rank > best.rank) best = { plan: tried, now: next, rank };
      }
    }
    if (best === null) return plan;
    ({ plan, now } = best);
  }
}

function withChoice(plan: CopyPlan, { what, edges }: Knob, choice: number): CopyPlan {
  return new Map([...plan].map(([edge, copies]) => [edge, edges.includes(edge) ? { ...copies, [what]: choice } : copies]));
}

/** What several channels meet in: it is not reckoned with. */
const UNREAD: ReadChannel = { step: 0, variance: 0 };

function readChannel({ edge, channel }: NonNullable<Origin>, codes: ReadonlyMap<Edge, Code>, calibration: Calibration): ReadChannel {
  const samples = calibration.get(edge);
  return { step: stepOf(codeOf(codes, edge), channel), variance: samples === undefined ? 0 : channelVariance(samples, channel) };
}

function codeOf(codes: ReadonlyMap<Edge, Code>, edge: Edge): Code {
  const code = codes.get(edge);
  if (code === undefined) throw new Error(`no code of ${edge.name}`);
  return code;
}

/** Predicted error of the output, and core-ops. */
interface Rating {
  readonly error: number;
  readonly cores: number;
}

class Search {
  readonly sums: readonly SumNode[];
  readonly knobs: readonly Knob[];
  private readonly sources: ReadonlyMap<Edge, readonly Edge[]>;
  private readonly noise: ReadonlyMap<SumNode, SumNoise>;
  /** Then what rows are worth is known in more detail: the gain that they allow, and which a core repeats anyway (noise.ts says why not otherwise). */
  private readonly rowsAlone: boolean;
  private readonly counted = new Map<SumNode | MaxPoolNode, Map<string, { cores: number; split: boolean }>>();

  constructor(private readonly inputs: BudgetInputs) {
    const { graph, stage, codes, calibration, what } = inputs;
    this.sums = graph.nodes.filter((n) => n.kind === 'sum');
    this.sources = sourcesOf(graph);
    const origins = new Origins(graph);
    this.rowsAlone = what.every((knob) => knob === 'rows');
    const read = (edge: Edge): ReadChannel[] => origins.of(edge).map((from) => (from === null ? UNREAD : readChannel(from, codes, calibration)));
    const seen = this.rowsAlone ? read : null;
    this.noise = new Map(this.sums.map((node) => [node, new SumNoise(node, stage, codeOf(codes, node.output), calibration, this.sources, seen)]));
    const knobs = [
      ...copyGroups(graph).map((edges): Knob => ({ what: 'output', edges })),
      ...this.sums.flatMap(({ output }): Knob[] => [{ what: 'partials', edges: [output] }, { what: 'rows', edges: [output] }]),
    ];
    this.knobs = knobs.filter((knob) => what.includes(knob.what));
  }

  rate(plan: CopyPlan): Rating {
    let error = 0;
    let cores = 0;
    for (const node of this.inputs.graph.nodes) {
      if (node.kind === 'maxpool') cores += this.count(node, plan, [this.unitsOf(node.input, plan)]).cores;
      if (node.kind === 'function') cores += coreOpsOf(this.inputs.base).filter(({ layer }) => layer === node.name).length;
      if (node.kind !== 'sum') continue;
      const copies = plan.get(node.output) ?? ONE_EACH;
      const units = node.terms.map((t) => this.unitsOf(t.input, plan));
      const { cores: own, split } = this.count(node, plan, units);
      cores += own;
      const shared = units.map((u) => u * Math.ceil(copies.rows / u));
      const repeats = this.repeats(node, shared);
      const rows = shared.map((n) => n * repeats);
      const noise = this.noise.get(node)?.total(this.outputCopies(node, copies), split ? copies.partials : null, rows) ?? 0;
      error += noise * (this.inputs.sensitivity.get(node.output) ?? 0);
    }
    return { error, cores };
  }

  /** Digits of the network's input weigh differently: their rows are not repeated. */
  private repeats(node: SumNode, shared: readonly number[]): number {
    const { base, repeats } = this.inputs;
    const digits = node.terms.some(({ input }) => base.signals[base.signalOf.get(input) ?? -1]?.digits !== undefined);
    return digits || !this.rowsAlone ? 1 : repeats(node, shared);
  }

  /** Copies of a sum's output; those of the network's output are settled. */
  private outputCopies({ output }: SumNode, planned: LayerCopies): number {
    const { base } = this.inputs;
    return Math.max(planned.output, base.signals[base.signalOf.get(output) ?? -1].copies);
  }

  private unitsOf(edge: Edge, plan: CopyPlan): number {
    const [source] = this.sources.get(edge) ?? [edge];
    return plan.get(source)?.output ?? 1;
  }

  /** Core-ops of one node: it is expanded, alone. */
  private count(node: SumNode | MaxPoolNode, plan: CopyPlan, units: readonly number[]): { cores: number; split: boolean } {
    const copies = node.kind === 'sum' ? plan.get(node.output) ?? ONE_EACH : { ...ONE_EACH, output: units[0] };
    const known = this.counted.get(node) ?? new Map<string, { cores: number; split: boolean }>();
    const key = `${units.join()} ${copies.output} ${copies.partials} ${copies.rows}`;
    const counted = known.get(key) ?? this.expandAlone(node, copies, units, plan);
    this.counted.set(node, known.set(key, counted));
    return counted;
  }

  private expandAlone(
    node: SumNode | MaxPoolNode, copies: LayerCopies, units: readonly number[], plan: CopyPlan,
  ): { cores: number; split: boolean } {
    const { base } = this.inputs;
    const builder = new ExpansionBuilder(base.chip, plan, true);
    const signalOf = (edge: Edge, wanted: number): number => {
      const signal = base.signals[base.signalOf.get(edge) ?? -1];
      return signal.copies > 1 ? builder.addLike(signal) : builder.addCopied(signal.name, toMap(edge.shape), signal.code, null, wanted);
    };
    const reads = node.kind === 'sum' ? node.terms.map((t) => t.input) : [node.input];
    reads.forEach((edge, i) => builder.signalOf.set(edge, signalOf(edge, units[i])));
    const output = signalOf(node.output, copies.output);
    try {
      if (node.kind === 'sum') expandSum(builder, node, output);
      else expandMaxPool(builder, node, output);
    } catch (error) {
      if (!(error instanceof TrestleError)) throw error;
      return { cores: Infinity, split: false };
    }
    return { cores: coreOpsOf(builder).length, split: builder.layers.some((l) => l.stages.length > 1) };
  }
}
