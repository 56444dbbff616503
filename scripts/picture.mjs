/**
 * Draws docs/demo.svg: what `trestle demo` prints on a terminal with colours. Runs on dist/.
 *
 *     node scripts/picture.mjs
 */
import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, writeWhole } from './files.mjs';

const FONT = 14;
const CELL = 8.4;
const LINE = 19;
const MARGIN = 20;
const BAR = 30;
const PAPER = '#16181d';
const INK = '#d6d9df';
const COLOURS = { 31: '#e06c75', 32: '#98c379', 33: '#e5c07b', 34: '#61afef', 35: '#c678dd', 36: '#56b6c2' };
const ESCAPE = /\x1b\[([\d;]*)m/;

/** Runs of one style: [{ text, colour, bold, faint }], of a line of text with ANSI escapes; `state` carries the style from line to line. */
function runs(line, state) {
  const found = [];
  line.split(ESCAPE).forEach((part, i) => {
    if (i % 2 === 1) part.split(';').forEach((code) => change(state, Number(code)));
    else if (part !== '') found.push({ ...state, text: part });
  });
  return found;
}

function change(state, code) {
  if (code === 0) Object.assign(state, { colour: INK, bold: false, faint: false });
  else if (code === 1) state.bold = true;
  else if (code === 2) state.faint = true;
  else if (code === 22) Object.assign(state, { bold: false, faint: false });
  else if (code === 39) state.colour = INK;
  else if (COLOURS[code] !== undefined) state.colour = COLOURS[code];
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const round = (value) => String(Math.round(value * 10) / 10);

/** Words of a run with their columns: each is placed on its own, so that the picture does not depend on the font's width of a space. */
function words({ text, ...style }, column) {
  return [...text.matchAll(/\S+(?: \S+)*/g)].map((match) => ({ ...style, text: match[0], column: column + match.index }));
}

function word({ text, column, colour, bold, faint }, y) {
  const look = `${colour === INK ? '' : ` fill="${colour}"`}${bold ? ' font-weight="bold"' : ''}${faint ? ' opacity="0.6"' : ''}`;
  const x = MARGIN + column * CELL;
  // A rule is drawn as a line: fonts leave gaps between its characters.
  if (/^─+$/.test(text)) return `<path d="M${round(x)} ${y - 5}h${round(text.length * CELL)}" stroke="${INK}" opacity="0.5"/>`;
  return `<text x="${round(x)}" y="${y}" textLength="${round(text.length * CELL)}" lengthAdjust="spacingAndGlyphs"${look}>${escaped(text)}</text>`;
}

/** An SVG picture of a terminal that shows `output`, text with ANSI colours. The layout depends on nothing but the text. */
export function terminalPicture(title, output) {
  const state = { colour: INK, bold: false, faint: false };
  const lines = output.trimEnd().split('\n').map((line) => {
    let column = 0;
    return runs(line, state).flatMap((run) => {
      const placed = words(run, column);
      column += run.text.length;
      return placed;
    });
  });
  const columns = Math.max(...lines.flat().map(({ text, column }) => column + text.length));
  const width = Math.ceil(2 * MARGIN + columns * CELL);
  const height = BAR + MARGIN + lines.length * LINE + MARGIN / 2;
  const lights = ['#e06c75', '#e5c07b', '#98c379'].map((fill, i) => `<circle cx="${MARGIN + i * 18}" cy="18" r="5" fill="${fill}"/>`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${PAPER}"/>`,
    ...lights,
    `<g fill="${INK}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT}">`,
    ...lines.flatMap((line, i) => line.map((part) => word(part, BAR + MARGIN + i * LINE + 10))),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** What a command prints on a terminal: colours depend on standard output being one. */
export function terminalOutput(args) {
  const asTerminal = 'data:text/javascript,process.stdout.isTTY=true';
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', asTerminal, join(root, 'dist/cli/main.js'), ...args], {
    cwd: root, encoding: 'utf8', env: { ...process.env, NO_COLOR: '', TERM: 'xterm' },
  });
  if (status !== 0) throw new Error(`trestle ${args.join(' ')} ended with status ${status}\n${stderr}`);
  return stdout;
}

if (realpathSync(process.argv[1] ?? '.') === fileURLToPath(import.meta.url)) {
  const output = `\x1b[2m$\x1b[22m \x1b[1mnpx trestle demo\x1b[22m\n\n${terminalOutput(['demo'])}`;
  writeWhole(join(root, 'docs/demo.svg'), terminalPicture('What trestle demo prints', output));
}
