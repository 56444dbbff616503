/**
 * The mutation check: each fault of mutants/faults.mjs, put into a copy of the project, must make a test fail.
 *
 *     node scripts/measure/mutants.mjs [--only 3,17] [--suite] [--keep]
 *
 * --suite  the whole suite is run for each fault instead of the tests it names
 * --keep   the copy is left behind, with the last fault taken out
 *
 * Ends with status 1 if a fault survives, does not compile, or no longer finds its line.
 */
import { join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { install } from '../install.mjs';
import { build, copyProject, halfOf, removeCopy, runTests } from './mutants/copy.mjs';
import { FAULTS } from './mutants/faults.mjs';

const { values: { only, suite, keep } } = parseArgs({ options: { only: { type: 'string' }, suite: { type: 'boolean' }, keep: { type: 'boolean' } } });
const numbers = only?.split(',').map(Number) ?? FAULTS.map((_, i) => i + 1);
const chosen = numbers.map((number) => ({ number, ...(FAULTS[number - 1] ?? unknown(number)) }));

function unknown(number) {
  throw new Error(`there is no fault ${number}: 1..${FAULTS.length}`);
}

/** The text with the fault's line replaced; the line must be there exactly once, whatever its indentation. */
function withFault(text, { file, before, after }) {
  const lines = text.split('\n');
  const places = lines.flatMap((line, i) => (line.trim() === before ? [i] : []));
  if (places.length !== 1) throw new Error(`${file}: ${places.length} lines are "${before}", one is expected`);
  const [at] = places;
  lines[at] = lines[at].replace(before, () => after);
  return lines.join('\n');
}

/** The halves of the build that the last fault has left in a state of its own. */
const stale = new Set();

/** What becomes of one fault. The copy's sources are as before when it returns. */
function tryFault(folder, fault) {
  const path = join(folder, fault.file);
  const whole = readFileSync(path, 'utf8');
  const half = halfOf(fault.file);
  writeFileSync(path, withFault(whole, fault));
  try {
    for (const name of new Set([...stale, half])) if (!build(folder, name)) return { fate: 'does not compile', by: '' };
    stale.clear();
    const { status, by } = runTests(folder, suite ? [] : fault.tests);
    return { fate: status === 'failed' ? 'caught' : 'SURVIVED', by };
  } finally {
    writeFileSync(path, whole);
    stale.add(half);
  }
}

/** All faults, one line each as they are done. Gives how many were not caught. */
function check(folder) {
  const tests = [...new Set(chosen.flatMap((fault) => fault.tests))].sort();
  console.log(`${chosen.length} faults; first ${suite ? 'the whole suite' : `the ${tests.length} test files that they name`} without any`);
  const sound = runTests(folder, suite ? [] : tests);
  if (sound.status !== 'passed') throw new Error(`tests fail without a fault: ${sound.by}`);
  console.log('\n| fault | room | what is wrong | | caught by |\n| ---: | --- | --- | --- | --- |');
  let missed = 0;
  for (const fault of chosen) {
    const { fate, by } = tryFault(folder, fault);
    if (fate !== 'caught') missed++;
    console.log(`| ${fault.number} | ${fault.room} | ${fault.file}: ${fault.what} | ${fate} | ${by} |`);
  }
  return missed;
}

await install();
const folder = copyProject();
try {
  for (const { file, ...fault } of chosen) withFault(readFileSync(join(folder, file), 'utf8'), { file, ...fault });
  for (const half of ['whole', 'typescript']) if (!build(folder, half)) throw new Error('the project does not compile');
  const missed = check(folder);
  console.log(`\n${chosen.length - missed} of ${chosen.length} faults caught`);
  process.exitCode = missed === 0 ? 0 : 1;
} finally {
  if (keep) console.log(`the copy is at ${folder}`);
  else removeCopy(folder);
}
