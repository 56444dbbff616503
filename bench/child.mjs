/**
 * One process of a measurement: measures the groups of one part and sends each to its parent. Started by processes.mjs.
 *
 * A part is a module that exports `groups(options)`, a list of `{ title, unit, yardsticks, goals?, prepare }`.
 * `yardsticks` are names of contenders, `goals` says `{ name, yardstick, least }`; `prepare` gives `{ contenders, notes?, facts?, close? }`
 * and has checked their results; `facts` are kept with the group's results.
 */
import { measure } from './harness.mjs';

const [part, json] = process.argv.slice(2);
const options = JSON.parse(json);
const { groups } = await import(`./${part}.mjs`);
for (const { title, unit, yardsticks, goals = [], prepare } of groups(options)) {
  if (!title.includes(options.only)) continue;
  const { contenders, notes = [], facts, close = () => undefined } = await prepare();
  const seconds = await measure(contenders, options);
  const times = contenders.map(({ name, variant = null }, i) => ({ name, variant, seconds: seconds[i] }));
  process.send({ title, unit, yardsticks, goals, notes, facts, times });
  await close();
}
process.disconnect();
