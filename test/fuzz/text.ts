/** Changes of YAML as text: lines, scalars, and what makes a short document a large value. */
import { type Draw, NUMBERS, STRINGS } from './draw.js';
import { replaced } from './json.js';

type Change = (draw: Draw, text: string) => string;

const SCALARS: readonly string[] = [
  '~', 'null', 'true', '.nan', '.inf', '-.inf', '0', '-0', '0x10', '0o7', '1_000', '1e999', '9'.repeat(400), '[]', '{}', '[[]]', '{a: 1}', '""', "''", '*a',
  '&a 1', '!!binary aGk=', '!!set {a}', '!!timestamp 2001-01-01', '!foo bar', '|', '>', '? a', '-', '[1, 2', '"', '@', '`', '%', '2001-01-01', 'any',
  'none', 'float',
  ...NUMBERS.map(String), ...STRINGS,
];

/** A document whose aliases double its value with every line. */
function bomb(levels: number): string {
  const lines = Array.from({ length: levels }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`);
  return `a0: &a0 [x, x]\n${lines.join('\n')}\n`;
}

function lines(text: string, change: (lines: string[]) => void): string {
  const list = text.split('\n');
  change(list);
  return list.join('\n');
}

const CHANGES: readonly Change[] = [
  (draw, text) => replaced(draw, text, /-?\d+(?:\.\d+)?/g, (n) => String(Number(n) + draw.of([-1, 1, 2, 0.5]))),
  (draw, text) => replaced(draw, text, /[a-z]{3,}(?=[\],}\n])/g, () => draw.of(text.match(/[a-z]{3,}/g) ?? ['x'])),
  (draw, text) => lines(text, (list) => {
    const [from, to] = [draw.below(list.length), draw.below(list.length)];
    list.splice(to, 0, ...list.splice(from, 1));
  }),
  (draw, text) => replaced(draw, text, /(?<=: )[^\n#[{]+/g, () => draw.of(SCALARS)),
  (draw, text) => replaced(draw, text, /(?<=[[,] ?)[^\n,[\]{}]+/g, () => draw.of(SCALARS)),
  (draw, text) => replaced(draw, text, /-?\d+(?:\.\d+)?/g, (n) => String(draw.of([Number(n) + 1, Number(n) - 1, Number(n) * 2, -Number(n), draw.of(NUMBERS)]))),
  (draw, text) => replaced(draw, text, /-?\d+(?:\.\d+)?/g, (n) => String(draw.of([Number(n) + 1, Number(n) - 1, Number(n) * 2, 1]))),
  (draw, text) => replaced(draw, text, /[A-Za-z][\w-]*(?=:)/g, () => draw.of(STRINGS)),
  (draw, text) => replaced(draw, text, /[A-Za-z][\w-]*(?=:)/g, (key) => draw.of([`${key}x`, `"${key}"`, `? ${key}\n`, `&a ${key}`, `<<`])),
  (draw, text) => lines(text, (list) => void list.splice(draw.below(list.length), 1)),
  (draw, text) => lines(text, (list) => void list.splice(draw.below(list.length), 0, draw.of(list))),
  (draw, text) => lines(text, (list) => {
    const at = draw.below(list.length);
    list[at] = draw.of(['  ', '\t', ' ']) + (list[at] as string);
  }),
  (draw, text) => lines(text, (list) => {
    list.splice(draw.below(list.length + 1), 0, draw.of(['---', '...', '%YAML 9.9', '- x', '? x', '<<: *a', '!!map', '# \0']));
  }),
  (draw, text) => bomb(draw.of([3, 20, 40])) + text,
  (draw, text) => `${text}\n${bomb(draw.of([3, 30]))}`,
  (draw, text) => replaced(draw, text, /(?<=: )[^\n]+/g, () => draw.of(['[', '{a: ', '- ', '? ']).repeat(draw.of([10, 60, 70, 5000]))),
  (draw, text) => lines(text, (list) => void list.push(...Array.from({ length: draw.of([30, 300]) }, (_, i) => `${' '.repeat(i)}a:`))),
  (draw, text) => replaced(draw, text, /[A-Za-z0-9]/g, () => draw.of(['\0', '\u0007', '\u001b', '\u2028', '\ud800', 'é', '\r', '\t', '"', "'", '\\'])),
  (draw, text) => text.slice(0, draw.below(text.length + 1)),
  (draw, text) => replaced(draw, text, /[^\n]+/g, (line) => line.repeat(draw.of([2, 100]))),
];

/** A YAML text changed in one to three ways. */
export function changeYaml(draw: Draw, text: string): string {
  let changed = text;
  for (let n = draw.of([1, 1, 1, 2]); n > 0; n--) changed = draw.of(CHANGES)(draw, changed);
  return changed;
}
