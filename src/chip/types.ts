/**
 * A chip description: limits and arithmetic as data. The compiler asks these fields, never the name.
 */

/** Inclusive range of integer codes. */
export interface CodeRange {
  readonly lo: number;
  readonly hi: number;
}

export interface FloatArithmetic {
  readonly kind: 'float';
}

/** spec/chips.md, section 3. */
export interface WindowArithmetic {
  readonly kind: 'window';
  readonly accumulatorBits: number;
  readonly windowBits: number;
  readonly greatestShift: number;
}

/** spec/chips.md, section 4. */
export interface ComposedArithmetic {
  readonly kind: 'composed';
  readonly inputBits: number;
  readonly phaseBits: number;
  readonly weightBits: number;
  readonly cellBits: number;
  readonly converterBits: number;
  readonly fullScaleShift: number;
  readonly greatestGain: number;
  readonly outputBits: number;
  readonly polarity: 'subtract' | 'separate';
}

/** spec/chips.md, section 6. */
export interface IdealLimitsArithmetic {
  readonly kind: 'ideal-limits';
  readonly greatestShift: number;
}

/** spec/chips.md, section 5. */
export interface SpikingArithmetic {
  readonly kind: 'spiking';
  readonly accumulatorBits: number;
  readonly reset: 'zero' | 'subtract';
  readonly floor: number | null;
  readonly leak: CodeRange;
  readonly threshold: CodeRange;
}

export type Arithmetic = FloatArithmetic | WindowArithmetic | ComposedArithmetic | IdealLimitsArithmetic | SpikingArithmetic;

/** `any`: no limit (the float chip only). `table`: an arbitrary table over the codes before it. */
export type NonLinearity = 'relu' | 'table' | 'lif' | 'any';

export interface Chip {
  readonly name: string;
  readonly description: string;
  readonly arithmetic: Arithmetic;
  readonly core: {
    /** Greatest number of rows (inputs) and columns (outputs) of one core; `null` = no limit. */
    readonly rows: number | null;
    readonly columns: number | null;
    /** Physical arrays that one logical core occupies. */
    readonly mats: number;
  };
  /** Legal integer weights and the cells that hold one; `null` = float. */
  readonly weights: (CodeRange & { readonly cells: number }) | null;
  /** Ranges of input codes, one chosen per core; empty = float. */
  readonly inputs: readonly CodeRange[];
  /** Ranges of output codes, one chosen per core; empty = float. */
  readonly outputs: readonly CodeRange[];
  readonly nonLinearities: readonly NonLinearity[];
  /** Native maximum of up to `arity` codes; `null` = none. `arity: null` = any number. */
  readonly pooling: { readonly kind: 'maximum'; readonly arity: number | null } | null;
  /** Physical organisation: cores on one chip and their mesh. */
  readonly layout: { readonly coresPerChip: number | null; readonly mesh: readonly [number, number] | null };
}
