/** sweep: parameters of the chip and of the compiler over values, every combination compiled and evaluated. */
import { parseDocument } from 'yaml';
import type { Model } from '../api/model.js';
import { parseChip } from '../chip/chip.js';
import type { Chip } from '../chip/types.js';
import { coreOpsOf } from '../cores/ops.js';
import type { DataSet } from '../data/types.js';
import { fail, TrestleError } from '../diagnostics.js';
import type { SweepPoint, SweepResult } from '../evaluate/study.js';
import type { CompileOptions } from '../pipeline/compilation.js';
import { measured, type StudyOptions } from './ablate.js';

/** A parameter and its values, as texts. */
export interface Variation {
  readonly name: string;
  readonly values: readonly string[];
}

/** Options of the compiler that can be varied. */
export const SWEPT_OPTIONS = ['copies', 'samples', 'seed', 'tolerance', 'budgetCores', 'cores'] as const;
const MOST_VALUES = 1000;

/** `weights.bits=2..8`, `copies=1,2,4`, `core.size=64..256:64`: a name and its values. Refuses (T407) what cannot be read. */
export function parseVariation(text: string): Variation {
  const at = text.indexOf('=');
  const name = text.slice(0, Math.max(0, at)).trim();
  const wrong = (what: string): never => fail('T407', text, what, { limit: 'NAME=VALUES, where values are 2..8, 64..256:64 or 1,2,4' });
  if (at < 1 || !/^[A-Za-z][A-Za-z0-9.]*$/.test(name)) wrong('this names nothing to vary');
  const values = text.slice(at + 1).split(',').flatMap((part): string[] => {
    const range = /^\s*(\d{1,9})\.\.(\d{1,9})(?::(\d{1,9}))?\s*$/.exec(part);
    if (range === null) return part.trim() === '' ? wrong('a value is missing') : [part.trim()];
    const [from, to, step] = [Number(range[1]), Number(range[2]), Number(range[3] ?? 1)];
    if (to < from || step < 1 || (to - from) / step >= MOST_VALUES) return wrong(`the range ${part.trim()} cannot be taken`);
    return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => String(from + i * step));
  });
  return { name, values: [...new Set(values)] };
}

/** Every combination, the last parameter changing fastest. */
export function sweepPoints(variations: readonly Variation[]): SweepPoint[] {
  return variations.reduce<SweepPoint[]>((points, { name, values }) => points.flatMap((p) => values.map((v) => ({ ...p, [name]: v }))), [{}]);
}

/** The options that a point sets. Refuses (T407) a value that is no number where one is needed. */
export function optionsAt(point: SweepPoint): Partial<CompileOptions> {
  const set = Object.entries(point).filter(([name]) => isOption(name)).map(([name, text]): [string, string | number] => {
    if (/^\d+(\.\d+)?$/.test(text)) return [name, Number(text)];
    if ((name === 'copies' && text === 'auto') || (name === 'budgetCores' && /^\d+(\.\d+)?x$/.test(text))) return [name, text];
    return fail('T407', `${name}=${text}`, 'this is no number', { limit: 'numbers; copies=auto; budgetCores=4x' });
  });
  return Object.fromEntries(set);
}

function isOption(name: string): boolean {
  return (SWEPT_OPTIONS as readonly string[]).includes(name);
}

/** The chip at a point: its YAML text with values put in place. Refuses T407 a key that the chip does not have, T201 and T202 what no chip can be. */
export function chipAt(text: string, place: string, point: SweepPoint): Chip {
  const document = parseDocument(text);
  for (const [name, value] of Object.entries(point)) {
    if (isOption(name)) continue;
    const bits = SHORT_NAMES[name];
    if (bits !== undefined) bits(document, valueOf(value));
    else {
      const path = name.split('.').map((key) => (/^\d+$/.test(key) ? Number(key) : key));
      if (!document.hasIn(path)) {
        fail('T407', name, `${place} has no such key, and the compiler no such option`, {
          limit: `a key of the chip, ${SWEPT_NAMES.join(', ')}`,
        });
      }
      document.setIn(path, valueOf(value));
    }
  }
  return parseChip(String(document), place);
}

/** A value of a chip's key: a number, or a word such as `any`. */
function valueOf(text: string): string | number {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

type ChipDocument = ReturnType<typeof parseDocument>;

/** Names for what stands in several keys of a chip. */
const SHORT_NAMES: Readonly<Record<string, (chip: ChipDocument, value: string | number) => void>> = {
  'weights.bits': (chip, value) => {
    const bits = bitsOf('weights.bits', value, 2);
    if (chip.hasIn(['arithmetic', 'weightBits'])) {
      // Composed cores hold a magnitude and a sign.
      chip.setIn(['arithmetic', 'weightBits'], bits);
      chip.setIn(['weights', 'cells'], Math.ceil(bits / Number(chip.getIn(['arithmetic', 'cellBits']))));
      chip.setIn(['weights', 'range'], [1 - 2 ** bits, 2 ** bits - 1]);
    } else chip.setIn(['weights', 'range'], [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1]);
  },
  'signals.bits': (chip, value) => {
    const bits = bitsOf('signals.bits', value, 1);
    for (const key of ['inputs', 'outputs']) chip.setIn([key], [[0, 2 ** bits - 1]]);
    for (const key of ['inputBits', 'outputBits', 'windowBits']) if (chip.hasIn(['arithmetic', key])) chip.setIn(['arithmetic', key], bits);
  },
  'core.size': (chip, value) => {
    chip.setIn(['core', 'rows'], value);
    chip.setIn(['core', 'columns'], value);
  },
};

/** What can be varied without knowing the chip. */
export const SWEPT_NAMES: readonly string[] = [...Object.keys(SHORT_NAMES), ...SWEPT_OPTIONS];

function bitsOf(name: string, value: string | number, least: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= 15) return value;
  return fail('T407', `${name}=${value}`, 'this is no number of bits', { limit: `${least}..15` });
}

/**
 * One point of a sweep: the network compiled for a chip with these options, and evaluated. A refusal is a result too, with its diagnostics; faults of the
 * program and interruptions are thrown.
 */
export async function study(model: Model, chip: Chip, calibration: DataSet, data: DataSet, options: StudyOptions = {}): Promise<SweepResult> {
  try {
    const { compiled, result, seconds } = await measured(model, chip, calibration, data, options);
    const { agreement, logitSqnrDb, samples } = result;
    return {
      status: 'done', samples, coreOps: coreOpsOf(compiled.artefact.graph).length, cores: compiled.mapping.cores, seconds,
      diagnostics: [...compiled.diagnostics, ...result.diagnostics],
      ...(result.chip === undefined ? {} : { top1: result.chip.top1 }), ...(result.float === undefined ? {} : { floatTop1: result.float.top1 }),
      ...(result.drop === undefined ? {} : { drop: result.drop.top1 }), ...(agreement === undefined ? {} : { agreement }),
      ...(logitSqnrDb === undefined ? {} : { logitSqnrDb }),
    };
  } catch (error) {
    return refusal(error);
  }
}

/** What refused a point, as its result; anything else is thrown again. */
export function refusal(error: unknown): SweepResult {
  if (!(error instanceof TrestleError) || error.diagnostics.some(({ code }) => code === 'T507' || code === 'T407')) throw error;
  return { status: error.diagnostics[0].code, diagnostics: error.diagnostics };
}
