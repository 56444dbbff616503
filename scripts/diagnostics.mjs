/**
 * Writes docs/diagnostics.md from the table in src/diagnostics.ts. Runs on dist/.
 *
 *     node scripts/diagnostics.mjs [--check]
 *
 * With --check nothing is written; the status is 1 if the page is out of date.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DIAGNOSTICS } from '../dist/diagnostics.js';
import { root, writeWhole } from './files.mjs';

/** The page, and what the hundreds of the numbers are. */
const PAGE = 'docs/diagnostics.md';
const STAGES = ['the command line', 'files and models', 'chips', 'data', 'compiling', 'artefacts and running', 'vector files'];

function entry([code, { title, means, limit, remedy, example }]) {
  const shown = example === undefined ? '' : `\n\`\`\`text\n${example}\n\`\`\`\n`;
  return `### ${code}: ${title}\n\n${means}\n\n- Limit, unless the line names a nearer one: ${limit}.\n- What to do: ${remedy}.\n${shown}`;
}

function section(stage, hundred) {
  const entries = Object.entries(DIAGNOSTICS).filter(([code]) => code.startsWith(`T${hundred}`));
  return `## T${hundred}xx: ${stage}\n\n${entries.map(entry).join('\n')}`;
}

/** The page as it should be; throws if a number belongs to no stage. */
export function diagnosticsPage() {
  const strange = Object.keys(DIAGNOSTICS).filter((code) => STAGES[Number(code.slice(1, 2))] === undefined);
  if (strange.length > 0) throw new Error(`scripts/diagnostics.mjs knows no stage of ${strange.join(', ')}`);
  return `# Diagnostics

Made by \`node scripts/diagnostics.mjs\` from the table in \`src/diagnostics.ts\`. A test checks that it is up to date, and that the
examples are lines that the program prints.

Whatever is wrong with an input is said on standard error, one line a finding, all findings of a stage at once:

\`\`\`text
error T102 conv1 (Conv): what is wrong, with the value found (limit: what would be right). Remedy: what to do
\`\`\`

After the number stands the place: a file, a line of it, a node, a sample. Errors end the command with exit status 1, wrong usage (T0xx)
with 2. Nothing goes to standard output then (\`inspect --chip\` alone still shows what is in the file), and no file is left behind.
Warnings and notes come with a result. From JavaScript the same is thrown as \`TrestleError\`, whose \`diagnostics\` have \`code\`,
\`severity\`, \`place\`, \`message\`, \`limit\` and \`remedy\`.

A line that begins with \`internal error\` is a fault of trestle itself, whatever the input was: please report it. With
\`TRESTLE_DEBUG=1\` the place in the code is printed too.

${STAGES.map(section).join('\n')}`;
}

if (realpathSync(process.argv[1] ?? '.') === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes('--check')) writeWhole(join(root, PAGE), diagnosticsPage());
  else if (readFileSync(join(root, PAGE), 'utf8') !== diagnosticsPage()) {
    console.error(`${PAGE} is out of date: node scripts/diagnostics.mjs`);
    process.exitCode = 1;
  }
}
