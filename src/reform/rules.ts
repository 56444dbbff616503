/**
 * The rewriting rules of reform. Each takes a list of nodes in topological order and gives a rewritten list, or `null` if it finds nothing to
 * do. Every rule keeps the values of all edges that survive, up to rounding.
 */
import { filled, goldenOf, isIdentity, isScale } from './make.js';
import { boundsOf, type Activation } from '../cores/activation.js';
import type { Edge, Reals, ReformedNode, SumNode, Term } from './types.js';
import { inputsOf } from './types.js';

export interface Draft {
  readonly nodes: readonly ReformedNode[];
  readonly input: Edge;
  readonly output: Edge;
}

export type Rule = (draft: Draft) => Draft | null;

interface Wiring {
  readonly producer: ReadonlyMap<Edge, ReformedNode>;
  readonly uses: ReadonlyMap<Edge, number>;
}

function wiringOf(draft: Draft): Wiring {
  const producer = new Map<Edge, ReformedNode>();
  const uses = new Map<Edge, number>([[draft.output, 1]]);
  for (const node of draft.nodes) {
    producer.set(node.output, node);
    for (const edge of inputsOf(node)) uses.set(edge, (uses.get(edge) ?? 0) + 1);
  }
  return { producer, uses };
}

/** The same nodes with every read of `from` turned into a read of `to`. */
export function redirect(draft: Draft, from: Edge, to: Edge): Draft {
  const swap = (edge: Edge): Edge => (edge === from ? to : edge);
  const nodes = draft.nodes.map((node): ReformedNode => (inputsOf(node).includes(from) ? withInputs(node, swap) : node));
  return { ...draft, nodes, output: swap(draft.output) };
}

/** Replaces `old` by `next` in place and drops `gone`. */
function replace(draft: Draft, old: ReformedNode, next: ReformedNode, gone: ReformedNode | null): Draft {
  return { ...draft, nodes: draft.nodes.filter((n) => n !== gone).map((n) => (n === old ? next : n)) };
}

function scaledRows(term: Term, scale: Reals): Term {
  const perOutput = term.weights.length / scale.length;
  return { ...term, weights: scaled(term.weights, scale, (i) => Math.floor(i / perOutput)) };
}

/** weights[i] * scale[of(i)]; the weights themselves where nothing is scaled, as under every activation. */
function scaled(weights: Reals, scale: Reals, of: (i: number) => number): Reals {
  if (scale.every((s) => s === 1)) return weights;
  const result = new Float64Array(weights.length);
  for (let i = 0; i < weights.length; i++) result[i] = weights[i] * scale[of(i)];
  return result;
}

/**
 * sum(scale * A + others) with A = sum(terms) + bias, used only here and without activation: A's terms take the place of A. Folds batch
 * normalisation, constant scale and bias, activations and residual additions into the convolution or matrix product before them.
 */
export const inlineSums: Rule = (draft) => {
  const { producer, uses } = wiringOf(draft);
  for (const node of draft.nodes) {
    if (node.kind !== 'sum') continue;
    for (const term of node.terms) {
      const inner = producer.get(term.input);
      if (inner?.kind !== 'sum' || inner.activation !== null || uses.get(term.input) !== 1 || !isScale(term, node.output.shape)) continue;
      const terms = node.terms.flatMap((t) => (t === term ? inner.terms.map((i) => scaledRows(i, term.weights)) : [t]));
      const bias = node.bias.map((b, c) => b + term.weights[c] * inner.bias[c]);
      const name = hasWeights(inner) || !hasWeights(node) ? inner.name : node.name;
      return replace(draft, node, { ...node, name, terms, bias }, inner);
    }
  }
  return null;
};

/** Whether a sum is more than a scale: the node that a user knows a layer by. */
function hasWeights(node: SumNode): boolean {
  return node.terms.some((t) => !isScale(t, node.output.shape));
}

/** Clip after Clip: one clip whose ends are what becomes of the inner one's. */
export const mergeClips: Rule = (draft) => {
  const { producer, uses } = wiringOf(draft);
  for (const node of draft.nodes) {
    if (node.kind !== 'sum' || node.activation?.op !== 'Clip' || !isIdentity({ ...node, activation: null })) continue;
    const inner = producer.get(node.terms[0].input);
    if (inner?.kind !== 'sum' || inner.activation?.op !== 'Clip' || uses.get(inner.output) !== 1) continue;
    const [first, second] = [inner.activation, node.activation];
    const end = (v: number): number => clip(second, clip(first, v));
    const activation: Activation = { op: 'Clip', lo: end(Number.NEGATIVE_INFINITY), hi: end(Number.POSITIVE_INFINITY) };
    return replace(draft, node, { ...inner, activation, output: node.output }, inner);
  }
  return null;
};

function clip({ lo, hi }: { readonly lo: number; readonly hi: number }, v: number): number {
  return Math.min(Math.max(v, lo), hi);
}

/**
 * A clip commutes with maxima and wiring (which lays 0 where nothing else lies, so that the clip must keep 0): it goes into the sums before them, so
 * that what is moved is what the chip can hold.
 */
export const activationBeforeMoves: Rule = (draft) => {
  const { producer, uses } = wiringOf(draft);
  const absorbs = (edge: Edge): boolean => {
    const inner = producer.get(edge);
    if (inner === undefined || uses.get(edge) !== 1) return false;
    if (inner.kind === 'function') return false;
    return inner.kind === 'sum' ? inner.activation === null : inputsOf(inner).every(absorbs);
  };
  for (const node of draft.nodes) {
    if (node.kind !== 'sum' || node.activation?.op !== 'Clip' || !isIdentity({ ...node, activation: null })) continue;
    const { activation } = node;
    const moved = producer.get(node.terms[0].input);
    if (moved === undefined || moved.kind === 'sum' || moved.kind === 'function') continue;
    if (activation.lo > 0 || activation.hi < 0 || !absorbs(moved.output)) continue;
    const changed = new Map<ReformedNode, ReformedNode>();
    const clipped = (edge: Edge): Edge => {
      const inner = producer.get(edge);
      const output: Edge = { ...edge, golden: { ...goldenOf(edge), clip: [activation.lo, activation.hi] } };
      if (inner?.kind === 'sum') changed.set(inner, { ...inner, activation, output });
      else if (inner !== undefined) changed.set(inner, { ...withInputs(inner, clipped), output });
      return output;
    };
    changed.set(moved, { ...withInputs(moved, clipped), output: node.output });
    return { ...draft, nodes: draft.nodes.filter((n) => n !== node).map((n) => changed.get(n) ?? n) };
  }
  return null;
};

/** Clips of values that are within their range already. */
export const dropNeedlessClips: Rule = (draft) => {
  const { producer } = wiringOf(draft);
  const within = (edge: Edge, lo: number, hi: number): boolean => {
    const node = producer.get(edge);
    if (node === undefined) return false;
    if (node.kind === 'sum') return node.activation?.op === 'Clip' && node.activation.lo >= lo && node.activation.hi <= hi;
    if (node.kind === 'function') return boundsOf(node.activation)[0] >= lo && boundsOf(node.activation)[1] <= hi;
    return (node.kind !== 'wire' || (lo <= 0 && hi >= 0)) && inputsOf(node).every((e) => within(e, lo, hi));
  };
  for (const node of draft.nodes) {
    if (node.kind !== 'sum' || node.activation?.op !== 'Clip' || !isIdentity({ ...node, activation: null })) continue;
    const [{ input }] = node.terms;
    if (!within(input, node.activation.lo, node.activation.hi)) continue;
    return redirect({ ...draft, nodes: draft.nodes.filter((n) => n !== node) }, node.output, input);
  }
  return null;
};

/** A node with every edge that it reads replaced. */
function withInputs<T extends ReformedNode>(node: T, change: (edge: Edge) => Edge): T {
  switch (node.kind) {
    case 'sum':
      return { ...node, terms: node.terms.map((t) => ({ ...t, input: change(t.input) })) };
    case 'wire':
      return { ...node, pieces: node.pieces.map((p) => ({ ...p, input: change(p.input) })) };
    default:
      return { ...node, input: change(node.input) };
  }
}

/** scale * x + shift in front of a weighted sum: into its weights; the shift only where no padding lies between (padding is zero, not `shift`). */
export const foldForward: Rule = (draft) => {
  const { producer } = wiringOf(draft);
  for (const node of draft.nodes) {
    if (node.kind !== 'sum') continue;
    for (const term of node.terms) {
      const inner = producer.get(term.input);
      if (inner?.kind !== 'sum' || inner.activation !== null || inner.terms.length !== 1) continue;
      if (!isScale(inner.terms[0], inner.output.shape)) continue;
      if (inner.bias.some((b) => b !== 0) && readsPadding(term, node.output)) continue;
      const { folded, shift } = folding(term, inner, node.bias.length);
      const terms = node.terms.map((t) => (t === term ? folded : t));
      return replace(draft, node, { ...node, terms, bias: node.bias.map((b, j) => b + shift[j]) }, null);
    }
  }
  return null;
};

function folding(term: Term, inner: SumNode, outputs: number): { folded: Term; shift: Float64Array } {
  const scale = inner.terms[0].weights;
  const taps = term.kernel[0] * term.kernel[1];
  const perGroup = scale.length / term.groups;
  const outputsPerGroup = outputs / term.groups;
  const shift = filled(outputs, 0);
  const outputOf = (i: number): number => Math.floor(i / (perGroup * taps));
  const channelOf = (i: number): number => Math.floor(outputOf(i) / outputsPerGroup) * perGroup + (Math.floor(i / taps) % perGroup);
  for (let i = 0; i < term.weights.length; i++) shift[outputOf(i)] += term.weights[i] * inner.bias[channelOf(i)];
  const weights = scaled(term.weights, scale, channelOf);
  return { folded: { ...term, weights, input: inner.terms[0].input }, shift };
}

function readsPadding(term: Term, output: Edge): boolean {
  return [0, 1].some((d) => {
    const last = term.origin[d] + (output.shape[d + 1] - 1) * term.stride[d] + (term.kernel[d] - 1) * term.dilation[d];
    return term.origin[d] < 0 || last >= term.input.shape[d + 1];
  });
}

/** A zero border in front of a weighted sum: the sum reads outside the map instead. */
export const foldPadding: Rule = (draft) => {
  const { producer } = wiringOf(draft);
  for (const node of draft.nodes) {
    if (node.kind !== 'sum') continue;
    for (const term of node.terms) {
      const pad = producer.get(term.input);
      if (pad?.kind !== 'wire' || pad.pieces.length !== 1) continue;
      const piece = pad.pieces[0];
      const whole = [0, 1, 2].every((d) => piece.from[d] === 0 && piece.step[d] === 1 && piece.size[d] === piece.input.shape[d]);
      if (!whole || piece.input.shape[0] !== pad.output.shape[0]) continue;
      const origin: [number, number] = [term.origin[0] - piece.to[1], term.origin[1] - piece.to[2]];
      const terms = node.terms.map((t) => (t === term ? { ...t, input: piece.input, origin } : t));
      return replace(draft, node, { ...node, terms }, null);
    }
  }
  return null;
};

/** [C, H, W] flattened, then a matrix product: a convolution with an H x W kernel, whose weights lie in the same order. */
export const foldFlatten: Rule = (draft) => {
  const { producer } = wiringOf(draft);
  for (const node of draft.nodes) {
    if (node.kind !== 'sum') continue;
    for (const term of node.terms) {
      const reshape = producer.get(term.input);
      if (reshape?.kind !== 'permute' || !inOrder(reshape.axes) || term.groups !== 1) continue;
      if (term.input.shape[1] !== 1 || term.input.shape[2] !== 1 || node.output.shape[1] !== 1 || node.output.shape[2] !== 1) continue;
      if (term.kernel[0] !== 1 || term.kernel[1] !== 1 || term.origin[0] !== 0 || term.origin[1] !== 0) continue;
      const kernel: [number, number] = [reshape.input.shape[1], reshape.input.shape[2]];
      const terms = node.terms.map((t) => (t === term ? { ...t, input: reshape.input, kernel } : t));
      return replace(draft, node, { ...node, terms }, null);
    }
  }
  return null;
};

function inOrder(axes: readonly number[]): boolean {
  return axes.every((a, i) => a === i);
}

function sameShape(a: Edge, b: Edge): boolean {
  return a.shape.every((n, i) => n === b.shape[i]);
}

/** Nodes that copy: identity sums, reshapes that keep the map, slices of everything. Their readers read the source. */
export const dropCopies: Rule = (draft) => {
  for (const node of draft.nodes) {
    const source = copied(node);
    if (source === null) continue;
    const nodes = draft.nodes.filter((n) => n !== node);
    return redirect({ ...draft, nodes }, node.output, source);
  }
  return null;
};

function copied(node: ReformedNode): Edge | null {
  if (node.kind === 'sum') return isIdentity(node) ? node.terms[0].input : null;
  if (node.kind === 'permute') return inOrder(node.axes) && sameShape(node.input, node.output) ? node.input : null;
  if (node.kind === 'wire' && node.pieces.length === 1) {
    const piece = node.pieces[0];
    const whole = [0, 1, 2].every((d) => piece.from[d] === 0 && piece.step[d] === 1 && piece.to[d] === 0);
    return whole && sameShape(piece.input, node.output) ? piece.input : null;
  }
  return null;
}

/**
 * Ranges of quantisation pairs behind something that is no sum (pooling, wiring), whose values were in range already. At the network's input
 * nothing has limited the values yet: there the range stays.
 */
export const dropAdvisory: Rule = (draft) => {
  for (const node of draft.nodes) {
    if (node.kind !== 'sum' || node.advisory !== true || !isIdentity({ ...node, activation: null })) continue;
    if (node.terms[0].input === draft.input) continue;
    return redirect({ ...draft, nodes: draft.nodes.filter((n) => n !== node) }, node.output, node.terms[0].input);
  }
  return null;
};

/** Nodes whose values nobody reads. */
export const dropDead: Rule = (draft) => {
  const { uses } = wiringOf(draft);
  const nodes = draft.nodes.filter((n) => uses.has(n.output));
  return nodes.length === draft.nodes.length ? null : { ...draft, nodes };
};

/** In the order in which they are tried; after each success the first is tried again. */
export const RULES: readonly (readonly [name: string, rule: Rule])[] = [
  ['drop-dead', dropDead],
  ['drop-copies', dropCopies],
  ['inline-sums', inlineSums],
  ['drop-needless-clips', dropNeedlessClips],
  ['merge-clips', mergeClips],
  ['activation-before-moves', activationBeforeMoves],
  ['fold-padding', foldPadding],
  ['fold-flatten', foldFlatten],
  ['fold-forward', foldForward],
  ['drop-advisory', dropAdvisory],
];

/** Applies the rules until none finds anything. Each removes or simplifies a node, so that this ends. */
export function applyRules(draft: Draft): Draft {
  let current = draft;
  for (;;) {
    const next = firstSuccess(current);
    if (next === null) return current;
    current = next;
  }
}

function firstSuccess(draft: Draft): Draft | null {
  for (const [, rule] of RULES) {
    const next = rule(draft);
    if (next !== null) return next;
  }
  return null;
}
