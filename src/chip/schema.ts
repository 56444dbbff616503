/**
 * The written form of a chip: what stands in its YAML file and, as JSON, in an artefact. Here are types and single ranges;
 * what must hold between fields is in combinations.ts.
 */
import { z } from 'zod';
import type { Chip, CodeRange } from './types.js';

/** Codes and weights are held in 16 bits. */
const int16 = z.int().min(-32768).max(32767);
const range = z.tuple([int16, int16]).refine(([lo, hi]) => lo < hi, 'the least code must be below the greatest');
const size = z.int().min(1).max(65536);
const sizeOrAny = z.union([size, z.literal('any')]);

const floatArithmetic = z.strictObject({ kind: z.literal('float') });

const windowArithmetic = z.strictObject({
  kind: z.literal('window'),
  accumulatorBits: z.int().min(2).max(32),
  windowBits: z.int().min(1).max(15),
  greatestShift: z.int().min(0).max(31),
});

const composedArithmetic = z.strictObject({
  kind: z.literal('composed'),
  inputBits: z.int().min(1).max(15),
  phaseBits: z.int().min(1).max(15),
  weightBits: z.int().min(1).max(15),
  cellBits: z.int().min(1).max(15),
  converterBits: z.int().min(1).max(31),
  fullScaleShift: z.int().min(0).max(31),
  greatestGain: z.int().min(0).max(31),
  outputBits: z.int().min(1).max(15),
  polarity: z.enum(['subtract', 'separate']),
});

const idealArithmetic = z.strictObject({
  kind: z.literal('ideal-limits'),
  greatestShift: z.int().min(0).max(31),
});

const spikingArithmetic = z.strictObject({
  kind: z.literal('spiking'),
  accumulatorBits: z.int().min(2).max(32),
  reset: z.enum(['zero', 'subtract']),
  floor: z.union([z.int().min(-(2 ** 31)).max(0), z.literal('none')]),
  leak: range,
  threshold: range,
});

const pooling = z.union([z.literal('none'), z.literal('any'), z.strictObject({ maximum: z.int().min(2).max(65536) })]);

/** The written form. `any` stands for "no limit", `float` for "no integers", `none` for "the chip has none". */
export const chipSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'a name has 1 to 64 of the characters A-Z a-z 0-9 . _ - and begins with a letter or digit'),
  description: z.string().max(4000),
  arithmetic: z.discriminatedUnion('kind', [floatArithmetic, windowArithmetic, composedArithmetic, idealArithmetic, spikingArithmetic]),
  core: z.strictObject({ rows: sizeOrAny, columns: sizeOrAny, mats: z.int().min(1).max(65536) }),
  weights: z.union([z.literal('float'), z.strictObject({ range, cells: z.int().min(1).max(64) })]),
  inputs: z.union([z.literal('float'), z.array(range).min(1).max(16)]),
  outputs: z.union([z.literal('float'), z.array(range).min(1).max(16)]),
  nonLinearities: z.array(z.enum(['relu', 'table', 'lif', 'any'])).min(1).max(4),
  pooling,
  layout: z.strictObject({
    coresPerChip: z.union([z.int().min(1).max(2 ** 24), z.literal('any')]),
    mesh: z.union([z.tuple([size, size]), z.literal('none')]),
  }),
});

export type ChipText = z.output<typeof chipSchema>;

/** The chip that a written form describes. */
export function chipOf(text: ChipText): Chip {
  const { arithmetic, core, weights, layout } = text;
  return {
    name: text.name,
    description: text.description,
    arithmetic: arithmetic.kind === 'spiking'
      ? { ...arithmetic, floor: orNull(arithmetic.floor), leak: rangeOf(arithmetic.leak), threshold: rangeOf(arithmetic.threshold) }
      : arithmetic,
    core: { rows: orNull(core.rows), columns: orNull(core.columns), mats: core.mats },
    weights: weights === 'float' ? null : { ...rangeOf(weights.range), cells: weights.cells },
    inputs: text.inputs === 'float' ? [] : text.inputs.map(rangeOf),
    outputs: text.outputs === 'float' ? [] : text.outputs.map(rangeOf),
    nonLinearities: text.nonLinearities,
    pooling: poolingOf(text.pooling),
    layout: { coresPerChip: orNull(layout.coresPerChip), mesh: orNull(layout.mesh) },
  };
}

/** The written form of a chip; `chipOf` of it is the same chip. */
export function chipTextOf(chip: Chip): ChipText {
  const { arithmetic, core, weights, pooling: pool, layout } = chip;
  return {
    name: chip.name,
    description: chip.description,
    arithmetic: arithmetic.kind === 'spiking'
      ? { ...arithmetic, floor: arithmetic.floor ?? 'none', leak: pairOf(arithmetic.leak), threshold: pairOf(arithmetic.threshold) }
      : { ...arithmetic },
    core: { rows: core.rows ?? 'any', columns: core.columns ?? 'any', mats: core.mats },
    weights: weights === null ? 'float' : { range: pairOf(weights), cells: weights.cells },
    inputs: chip.inputs.length === 0 ? 'float' : chip.inputs.map(pairOf),
    outputs: chip.outputs.length === 0 ? 'float' : chip.outputs.map(pairOf),
    nonLinearities: [...chip.nonLinearities],
    pooling: pool === null ? 'none' : pool.arity === null ? 'any' : { maximum: pool.arity },
    layout: { coresPerChip: layout.coresPerChip ?? 'any', mesh: layout.mesh === null ? 'none' : [...layout.mesh] },
  };
}

function poolingOf(text: ChipText['pooling']): Chip['pooling'] {
  if (text === 'none') return null;
  return { kind: 'maximum', arity: text === 'any' ? null : text.maximum };
}

function rangeOf([lo, hi]: readonly [number, number]): CodeRange {
  return { lo, hi };
}

function pairOf({ lo, hi }: CodeRange): [number, number] {
  return [lo, hi];
}

/** The words that stand for "none", as `null`. */
function orNull<T>(value: T): Exclude<T, 'any' | 'none'> | null {
  return value === 'any' || value === 'none' ? null : (value as Exclude<T, 'any' | 'none'>);
}
