/**
 * What must hold between the fields of a chip, so that spec/chips.md defines what it computes. A combination that no section defines is refused.
 */
import type { Chip, CodeRange, ComposedArithmetic, SpikingArithmetic, WindowArithmetic } from './types.js';

/** A contradiction: the key path in the written form, and why. */
export interface Contradiction {
  readonly path: readonly string[];
  readonly message: string;
  readonly limit?: string;
  readonly remedy?: string;
}

/** Everything about a chip that no section of the specification defines; empty if it can be emulated. */
export function contradictions(chip: Chip): Contradiction[] {
  const problems = chip.arithmetic.kind === 'float' ? floatProblems(chip) : integerProblems(chip);
  const functions = new Set(chip.nonLinearities);
  if (functions.size < chip.nonLinearities.length) problems.push({ path: ['nonLinearities'], message: 'a function is listed twice' });
  const { coresPerChip, mesh } = chip.layout;
  if (coresPerChip !== null && mesh !== null && mesh[0] * mesh[1] < coresPerChip) {
    problems.push({ path: ['layout', 'mesh'], message: `a mesh of ${mesh[0]} x ${mesh[1]} is too small for ${coresPerChip} cores` });
  }
  return problems;
}

function floatProblems(chip: Chip): Contradiction[] {
  const problems: Contradiction[] = [];
  const need = (ok: boolean, path: string[], wanted: string): void => {
    if (!ok) problems.push({ path, message: 'float arithmetic has no limits', limit: wanted });
  };
  need(chip.core.rows === null, ['core', 'rows'], 'any');
  need(chip.core.columns === null, ['core', 'columns'], 'any');
  need(chip.weights === null, ['weights'], 'float');
  need(chip.inputs.length === 0, ['inputs'], 'float');
  need(chip.outputs.length === 0, ['outputs'], 'float');
  need(chip.nonLinearities.every((f) => f === 'any'), ['nonLinearities'], '[any]');
  return problems;
}

function integerProblems(chip: Chip): Contradiction[] {
  const problems: Contradiction[] = [];
  const { arithmetic, core, weights } = chip;
  if (core.rows === null) problems.push({ path: ['core', 'rows'], message: 'integer arithmetic needs a number of rows' });
  if (core.columns === null) problems.push({ path: ['core', 'columns'], message: 'integer arithmetic needs a number of columns' });
  if (weights === null) problems.push({ path: ['weights'], message: `${arithmetic.kind} arithmetic needs integer weights` });
  else if (weights.lo > 0 || weights.hi < 0) problems.push({ path: ['weights', 'range'], message: 'a weight must be able to be 0' });
  if (chip.inputs.length === 0) problems.push({ path: ['inputs'], message: `${arithmetic.kind} arithmetic needs integer inputs` });
  if (chip.outputs.length === 0) problems.push({ path: ['outputs'], message: `${arithmetic.kind} arithmetic needs integer outputs` });
  if (chip.nonLinearities.includes('any')) {
    problems.push({ path: ['nonLinearities'], message: 'only float arithmetic takes any function', remedy: 'List relu, table or lif' });
  }
  if ((arithmetic.kind === 'spiking') !== chip.nonLinearities.includes('lif')) {
    problems.push({ path: ['nonLinearities'], message: 'spiking arithmetic and the function lif belong together' });
  }
  if (problems.length > 0) return problems;
  if (arithmetic.kind === 'window') problems.push(...windowProblems(chip, arithmetic));
  if (arithmetic.kind === 'composed') problems.push(...composedProblems(chip, arithmetic));
  if (arithmetic.kind === 'spiking') problems.push(...spikingProblems(chip, arithmetic));
  return problems;
}

/** The two windows: unsigned and signed. */
export function windows(a: WindowArithmetic): readonly [unsigned: CodeRange, signed: CodeRange] {
  const size = 2 ** a.windowBits;
  return [{ lo: 0, hi: size - 1 }, { lo: -size / 2, hi: size / 2 - 1 }];
}

function sameRange(a: CodeRange, b: CodeRange): boolean {
  return a.lo === b.lo && a.hi === b.hi;
}

function windowProblems(chip: Chip, a: WindowArithmetic): Contradiction[] {
  const problems: Contradiction[] = [];
  if (a.windowBits > a.accumulatorBits) {
    problems.push({ path: ['arithmetic', 'windowBits'], message: `a window of ${a.windowBits} bits`, limit: `${a.accumulatorBits} accumulator bits` });
  }
  const legal = windows(a);
  if (!chip.nonLinearities.includes('table') && !chip.outputs.every((o) => legal.some((w) => sameRange(o, w)))) {
    problems.push({
      path: ['outputs'], message: 'without a table the window is the output', limit: legal.map((w) => `[${w.lo}, ${w.hi}]`).join(' or '),
      remedy: 'Use those ranges, or add table to nonLinearities',
    });
  }
  return problems;
}

function composedProblems(chip: Chip, a: ComposedArithmetic): Contradiction[] {
  const problems: Contradiction[] = [];
  const need = (ok: boolean, path: string[], message: string, limit?: string): void => {
    if (!ok) problems.push({ path, message, ...(limit === undefined ? {} : { limit }) });
  };
  need(a.inputBits % a.phaseBits === 0, ['arithmetic', 'phaseBits'], `phases of ${a.phaseBits} bits do not divide ${a.inputBits} input bits`);
  need(a.weightBits % a.cellBits === 0, ['arithmetic', 'cellBits'], `cells of ${a.cellBits} bits do not divide ${a.weightBits} weight bits`);
  if (problems.length > 0) return problems;
  const least = a.fullScaleShift - a.greatestGain - (a.weightBits - a.cellBits) - (a.inputBits - a.phaseBits);
  need(least >= 0, ['arithmetic', 'fullScaleShift'], `the converter's shift is ${least} at the greatest gain`, 'at least 0');
  const [input, output] = [2 ** a.inputBits - 1, 2 ** a.outputBits - 1];
  need(chip.inputs.every((r) => sameRange(r, { lo: 0, hi: input })), ['inputs'], `${a.inputBits} input bits have other codes`, `[[0, ${input}]]`);
  need(chip.outputs.every((r) => sameRange(r, { lo: 0, hi: output })), ['outputs'], `${a.outputBits} output bits have other codes`, `[[0, ${output}]]`);
  const weight = 2 ** a.weightBits - 1;
  const { weights } = chip;
  if (weights !== null) {
    need(weights.lo >= -weight && weights.hi <= weight, ['weights', 'range'], `${a.weightBits} bits of magnitude and a sign hold no such weights`,
      `within [${-weight}, ${weight}]`);
    const cells = a.weightBits / a.cellBits;
    need(weights.cells === cells, ['weights', 'cells'], `${weights.cells} cells a weight`, `${cells}, from the arithmetic`);
  }
  const sum = (chip.core.rows ?? 0) * (2 ** a.phaseBits - 1) * (2 ** a.cellBits - 1);
  need(sum < 2 ** 31, ['core', 'rows'], 'a partial sum of all rows does not fit 32 bits');
  return problems;
}

function spikingProblems(chip: Chip, a: SpikingArithmetic): Contradiction[] {
  const problems: Contradiction[] = [];
  const spikes = { lo: 0, hi: 1 };
  if (!chip.inputs.every((r) => sameRange(r, spikes))) problems.push({ path: ['inputs'], message: 'spikes are the codes 0 and 1', limit: '[[0, 1]]' });
  if (!chip.outputs.every((r) => sameRange(r, spikes))) problems.push({ path: ['outputs'], message: 'spikes are the codes 0 and 1', limit: '[[0, 1]]' });
  if (chip.nonLinearities.length !== 1) problems.push({ path: ['nonLinearities'], message: 'spiking arithmetic has one function', limit: '[lif]' });
  if (chip.pooling !== null) problems.push({ path: ['pooling'], message: 'a maximum of spikes is not defined', limit: 'none' });
  if (a.threshold.lo < 1) problems.push({ path: ['arithmetic', 'threshold'], message: `the least threshold is ${a.threshold.lo}`, limit: 'at least 1' });
  if (a.floor !== null && a.floor < -(2 ** (a.accumulatorBits - 1))) {
    problems.push({ path: ['arithmetic', 'floor'], message: `the floor is ${a.floor}`, limit: `${a.accumulatorBits} bits` });
  }
  return problems;
}
