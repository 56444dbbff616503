/** Chips side by side. */
import type { Chip, CodeRange } from '../chip/types.js';
import type { Style } from './colour.js';
import { table } from './table.js';

export function chipsTable(chips: readonly Chip[], style: Style): string {
  const columns = [
    { head: 'chip', name: true as const }, { head: 'arithmetic' }, { head: 'rows x\ncolumns' }, { head: 'weights' }, { head: 'codes' }, { head: 'functions' },
    { head: 'pooling' },
  ];
  const rows = chips.map((chip) => [
    { text: chip.name, paint: style.strong }, chip.arithmetic.kind, sizeText(chip), rangesText(chip.weights === null ? [] : [chip.weights]),
    codesText(chip), chip.nonLinearities.join('\n') || '-', poolingText(chip),
  ]);
  return table(columns, rows, style);
}

function sizeText({ core: { rows, columns } }: Chip): string {
  return rows === null && columns === null ? 'any' : `${rows ?? 'any'} x ${columns ?? 'any'}`;
}

function rangesText(ranges: readonly CodeRange[]): string {
  return ranges.length === 0 ? 'float' : ranges.map(({ lo, hi }) => `${lo}..${hi}`).join('\n');
}

/** Ranges of inputs and outputs, once where they are the same. */
function codesText({ inputs, outputs }: Chip): string {
  const [from, to] = [rangesText(inputs), rangesText(outputs)];
  return from === to ? from : `in ${from}\nout ${to}`;
}

function poolingText({ pooling }: Chip): string {
  if (pooling === null) return '-';
  return pooling.arity === null ? 'any max' : `${pooling.arity}:1 max`;
}
