/**
 * node bench/run.mjs [--json] [--quick]
 *
 * Speed of the kernels as multiples of their yardsticks' speed, medians of rounds in which all take turns. Needs dist/ (npm run bench builds it). The machine
 * should be quiet; `--quick` is for a look only.
 */
import { kernelBenchmarks } from './kernels.mjs';

const quick = process.argv.includes('--quick');
const groups = await kernelBenchmarks(quick ? { rounds: 3, seconds: 0.03 } : { rounds: 11, seconds: 0.15 });
if (process.argv.includes('--json')) {
  const report = groups.map(({ title, rows }) => ({ title, rows }));
  console.log(JSON.stringify({ node: process.version, groups: report }, null, 1));
} else {
  console.log(groups.map(({ text }) => text).join('\n\n'));
}
