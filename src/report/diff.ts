/** What differs between two artefacts, as a summary and tables of details. */
import type { ArtefactDiff, Change, NamedChanges, NumbersDiff } from '../cores/diff.js';
import type { Style } from './colour.js';
import { count, plural } from './numbers.js';
import { table } from './table.js';
import { shorten } from './width.js';

/** Rows of each table; the JSON has all. */
const SHOWN = 12;
const VALUE_WIDTH = 26;

type Row = readonly string[];

export function diffReport(d: ArtefactDiff, names: readonly [a: string, b: string], style: Style): string {
  const from = `A  ${names[0]}\nB  ${names[1]}\n`;
  if (d.same) return `${from}\n${style.good('the artefacts are the same')}\n`;
  const parts = sections(d);
  const summary = table([{ head: '' }, { head: 'differs in' }], parts.map(({ name, text }) => [
    name, { text: text ?? 'nothing', paint: text === null ? style.faint : style.doubtful },
  ]), style);
  return [`${from}\n${summary}`, ...parts.flatMap(({ tables }) => tables(style))].join('\n');
}

interface Section {
  readonly name: string;
  /** How much differs; `null` if nothing does. */
  readonly text: string | null;
  readonly tables: (style: Style) => string[];
}

function sections(d: ArtefactDiff): Section[] {
  const { structure: s, codes } = d;
  return [
    valuesSection('chip', d.chip), valuesSection('options', d.options),
    {
      name: 'structure',
      text: said([
        amount(s.interface.length, 'value of the interface', 'values of the interface'), ...moved('signal', s.signals), ...moved('operation', s.ops),
        s.reordered ? 'the order' : '',
      ]),
      tables: (style) => [
        ...changeTable('interface', [{ name: '', changes: s.interface }], style),
        ...namesTable('signal', s.signals, style), ...changeTable('signal', s.signals.changed, style),
        ...namesTable('operation', s.ops, style), ...changeTable('operation', s.ops.changed, style),
      ],
    },
    {
      name: 'weights', text: said([tiles(d.weights, 'weights'), tiles(d.preloads, 'preloads')]),
      tables: (style) => [...numbersTable('weights of', d.weights, style), ...numbersTable('preloads of', d.preloads, style)],
    },
    {
      name: 'codes',
      text: said([
        amount(codes.signals.length, 'signal', 'signals'), amount(codes.config.length, 'configuration', 'configurations'), tiles(codes.tables, 'tables'),
      ]),
      tables: (style) => [
        ...changeTable('code of', codes.signals, style), ...changeTable('configuration of', codes.config, style),
        ...numbersTable('table of', codes.tables, style),
      ],
    },
    valuesSection('mapping', d.mapping), valuesSection('report', d.layers),
  ];
}

function valuesSection(name: string, changes: readonly Change[]): Section {
  return { name, text: said([amount(changes.length, 'value', 'values')]), tables: (style) => changeTable(name, [{ name: '', changes }], style) };
}

function said(parts: readonly string[]): string | null {
  const there = parts.filter((part) => part !== '');
  return there.length === 0 ? null : there.join('\n');
}

function amount(n: number, noun: string, nouns: string): string {
  return n === 0 ? '' : plural(n, noun, nouns);
}

function tiles(diffs: readonly NumbersDiff[], what: string): string {
  return diffs.length === 0 ? '' : `${what} of ${plural(diffs.length, 'tile')}`;
}

function moved(noun: string, names: ArtefactDiff['structure']['ops']): string[] {
  const parts = [['added', names.added.length], ['removed', names.removed.length], ['changed', names.changed.length]] as const;
  return parts.map(([verb, n]) => (n === 0 ? '' : `${plural(n, noun)} ${verb}`));
}

function namesTable(noun: string, { added, removed }: ArtefactDiff['structure']['ops'], style: Style): string[] {
  const rows = [...removed.map((name) => [name, 'A']), ...added.map((name) => [name, 'B'])];
  return limited([{ head: noun, name: true as const }, { head: 'only in' }], rows, style);
}

function changeTable(head: string, all: readonly NamedChanges[], style: Style): string[] {
  const rows = all.flatMap(({ name, changes }) => changes.map((c) => [[name, c.path].filter((part) => part !== '').join(' '), ...sides(c)]));
  return limited([{ head, name: true as const }, { head: 'A' }, { head: 'B' }], rows, style);
}

/** Both values in short; of lists of equal length, how many entries differ. */
function sides({ a, b }: Change): [string, string] {
  const texts: [string, string] = [valueText(a), valueText(b)];
  if (texts.every((text) => text.length <= VALUE_WIDTH)) return texts;
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    const differing = a.filter((v, i) => v !== (b as unknown[])[i]).length;
    return [`${count(a.length)} values`, `${count(differing)} of them differ`];
  }
  return [shorten(texts[0], VALUE_WIDTH), shorten(texts[1], VALUE_WIDTH)];
}

function valueText(value: unknown): string {
  if (value === null) return '-';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  return JSON.stringify(value);
}

function numbersTable(head: string, diffs: readonly NumbersDiff[], style: Style): string[] {
  const rows = diffs.map(({ name, values, differing, greatest }) => [
    name, count(values), count(differing), greatest === null ? 'not comparable' : valueText(greatest),
  ]);
  const right = { align: 'right' as const };
  return limited([{ head, name: true as const }, { head: 'values', ...right }, { head: 'differing', ...right }, { head: 'by up to', ...right }], rows, style);
}

function limited(columns: Parameters<typeof table>[0], rows: readonly Row[], style: Style): string[] {
  if (rows.length === 0) return [];
  const more = rows.length > SHOWN ? `and ${count(rows.length - SHOWN)} more\n` : '';
  return [`${table(columns, rows.slice(0, SHOWN), style)}${more}`];
}
