/**
 * Chip descriptions from text and back. A chip is data: a file that a user can copy and change.
 */
import { Document, visit } from 'yaml';
import { throwIfErrors } from '../diagnostics.js';
import { contradictions } from './combinations.js';
import { parseDocumentAs } from './document.js';
import { chipOf, chipSchema, chipTextOf } from './schema.js';
import type { Chip } from './types.js';

/** Names of the chips that come with trestle, each a file in `builtin/`. */
const BUILTIN = ['ideal', 'tianji', 'tianji-snn', 'prime', 'prime-fixed', 'prime-ideal'] as const;

export function builtinChips(): readonly string[] {
  return BUILTIN;
}

/**
 * The chip that a YAML text describes; `place` names the file in diagnostics. Everything wrong is reported at once, by line: T201 what is
 * malformed or out of range, T202 what spec/chips.md does not define.
 */
export function parseChip(text: string, place: string): Chip {
  const { value, problem } = parseDocumentAs(chipSchema, text, place, 'T201');
  const chip = chipOf(value);
  throwIfErrors(contradictions(chip).map(({ path, message, ...extra }) => problem('T202', path, message, extra)));
  return chip;
}

/** What each part of the written form is, in the order of the file. */
const NOTES: readonly (readonly [key: string, note: string])[] = [
  ['name', ''],
  ['description', ''],
  ['arithmetic', 'what a core computes, with its parameters in bits and binary shifts'],
  ['core', 'greatest inputs and outputs of a core; physical arrays that one core takes'],
  ['weights', 'least and greatest weight; cells that hold one'],
  ['inputs', 'ranges of input codes, one chosen for each core'],
  ['outputs', 'ranges of output codes, one chosen for each core'],
  ['nonLinearities', 'functions after the sum'],
  ['pooling', 'native pooling'],
  ['layout', 'cores on one chip, and their mesh'],
];

/** Full description of a chip as YAML; `parseChip` gives the same chip back. */
export function printChip(chip: Chip): string {
  const written: Record<string, unknown> = chipTextOf(chip);
  return NOTES.map(([key, note]) => {
    const block = new Document({ [key]: written[key] });
    visit(block, { Seq: (_, list) => void (list.flow = true) });
    return `${note === '' ? '' : `# ${note}\n`}${block.toString({ flowCollectionPadding: false, lineWidth: 120 })}`;
  }).join('');
}
