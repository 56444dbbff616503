/** Draws docs/growth.svg from results of bench/run.mjs: node bench/growth-plot.mjs [out/bench.json]. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawSvg } from '../dist/report/plot.js';
import { root, writeWhole } from '../scripts/files.mjs';
import { growthSpec } from './growth-print.mjs';

const { parts: { growth } } = JSON.parse(readFileSync(process.argv[2] ?? join(root, 'out', 'bench.json'), 'utf8'));
if (growth === undefined) {
  console.error('the results have no growth: npm run bench -- growth measures it');
  process.exit(2);
}
writeWhole(join(root, 'docs', 'growth.svg'), await drawSvg(growthSpec(growth.groups)));
