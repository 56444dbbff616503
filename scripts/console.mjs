/**
 * Runs the commands of the `console` blocks of README.md and docs/, and writes what they print below them. Runs on dist/.
 *
 *     node scripts/console.mjs
 *
 * Commands begin with "$ " and go on after a backslash at the end of a line. All blocks of one file run in one new folder, which holds a link to the
 * examples.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, writeWhole } from './files.mjs';

const BLOCK = /```console\n([\s\S]*?)```/g;
const COMMAND = /^\$ (?:.*\\\n)*.*\n/gm;

/** Pages that may have such blocks, relative to the root. */
export function pages() {
  return ['README.md', ...readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md')).map((file) => `docs/${file}`)];
}

/** The text of a page with the output of its commands as it is now. Throws where a command writes to standard error or prints nothing that it should. */
export function withOutput(text) {
  if (!text.includes('```console')) return text;
  const folder = mkdtempSync(join(tmpdir(), 'trestle-docs-'));
  try {
    symlinkSync(join(root, 'examples'), join(folder, 'examples'));
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(root, join(folder, 'node_modules', 'trestle'));
    return text.replaceAll(BLOCK, (_, block) => `\`\`\`console\n${block.match(COMMAND).map((command) => command + output(command, folder)).join('')}\`\`\``);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function output(command, cwd) {
  const line = command.slice(2).replaceAll('npx trestle', `"${process.execPath}" "${join(root, 'dist/cli/main.js')}"`);
  const { stdout, stderr } = spawnSync(line, { cwd, encoding: 'utf8', shell: true, env: { ...process.env, LC_ALL: 'C', NO_COLOR: '1' } });
  if (stderr !== '') throw new Error(`${command}${stderr}`);
  return stdout;
}

/** The text without what differs from run to run and machine to machine: times, rates, workers, memory. */
export function withoutTimes(text) {
  return text.replaceAll(/\d[\d,.]* (?:[kMGT] )?(s\b|MB\b|samples\/s|multiplications\/s|workers?)/g, '# $1').replaceAll(/# workers?/g, '# workers');
}

if (realpathSync(process.argv[1] ?? '.') === fileURLToPath(import.meta.url)) {
  for (const page of pages()) {
    const text = readFileSync(join(root, page), 'utf8');
    const now = withOutput(text);
    if (withoutTimes(now) !== withoutTimes(text)) writeWhole(join(root, page), now);
  }
}
