/**
 * Draws docs/report.png: the head of the page that `trestle report` makes of the bundled example. Runs on dist/, and needs a Chromium, whose program
 * CHROMIUM names (default: chromium, found by the shell), and `pngquant` or `convert` if they are there, to make the picture small.
 *
 *     node scripts/screenshot.mjs
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compile, loadChip, loadDataSet, packagePath, readModel, reportHtml } from '../dist/index.js';
import { root } from './files.mjs';

const WIDTH = 1200;
const HEIGHT = 1650;
const LARGEST = 300_000;

const example = (file) => packagePath(`examples/digits/${file}`);

function run(command, args) {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 120_000 });
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stderr}`);
}

/** The picture with few colours, by the first program that is there. */
function shrink(picture) {
  for (const [command, args] of [
    ['pngquant', ['--force', '--strip', '--output', picture, '64', picture]], ['convert', [picture, '-strip', '-colors', '64', `png8:${picture}`]],
  ]) if (spawnSync(command, args).status === 0) return;
}

const model = readModel(example('digits.onnx'));
const { artefact } = await compile(model, loadChip('prime'), loadDataSet(example('calibration.yaml')));
const { html } = await reportHtml(artefact, { data: loadDataSet(example('test.yaml')), against: model });
const folder = mkdtempSync(join(tmpdir(), 'trestle-screenshot-'));
try {
  const [page, picture] = ['report.html', 'report.png'].map((file) => join(folder, file));
  writeFileSync(page, html);
  run(process.env.CHROMIUM ?? 'chromium', [
    '--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', `--window-size=${WIDTH},${HEIGHT}`, `--user-data-dir=${join(folder, 'profile')}`,
    `--screenshot=${picture}`, pathToFileURL(page).href,
  ]);
  shrink(picture);
  const bytes = readFileSync(picture);
  if (bytes.length > LARGEST) throw new Error(`the picture has ${bytes.length} bytes, more than ${LARGEST}`);
  writeFileSync(join(root, 'docs/report.png'), bytes);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
