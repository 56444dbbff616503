/**
 * Where a network's time goes: microseconds an image of every step and of every kind of work. Times the engine's own methods from outside,
 * so it knows their names: `step` of Engine, `gather` and `frame` of its rows, the kernel `collect`, `run` of a core-op's kernel. The clock costs some 0.1 us
 * a call.
 */
import { EmulatorPool } from '../dist/emulate/pool.js';
import { NOTHING } from '../dist/emulate/tasks.js';
import { table } from '../dist/report/table.js';
import { networks, testSamples } from '../scripts/measure/networks.mjs';
import { compiledImageNetwork, compiledNetwork } from './compiled.mjs';
import { hasImages, measuredCard, pixels } from './image-networks.mjs';
import { IMAGE_CHIPS } from './imagenet.mjs';
import { CHIPS } from './networks.mjs';

/** Steps that are printed, the dearest first. */
const TOP = 10;

/** What is profiled: a network on a chip, and the values of so many images. */
function subjects() {
  const small = Object.keys(networks).flatMap((name) => CHIPS.map((chip) => ({
    title: `${name} on ${chip}`, compiled: () => compiledNetwork(name, chip), samples: (count) => testSamples(name, count),
  })));
  const large = Object.entries(IMAGE_CHIPS).flatMap(([name, chips]) => chips.map((chip) => ({
    title: `${name} on ${chip}`, compiled: () => compiledImageNetwork(name, chip), samples: async (count) => (await pixels(measuredCard(name), count)).values,
  })));
  return hasImages ? [...small, ...large] : small;
}

/** Profiles of all networks on all chips whose title contains `only`. */
export async function profiles({ only, rounds, seconds }) {
  const results = [];
  for (const subject of subjects().filter(({ title }) => title.includes(only))) {
    results.push({ title: subject.title, ...await profile(subject, rounds * seconds) });
  }
  return results;
}

async function profile({ compiled, samples }, seconds) {
  const graph = await compiled();
  const pool = EmulatorPool.create({ chip: graph, workers: 0 });
  const count = pool.taskSamples(pool.shared.chip.sizes[graph.input]);
  const input = await samples(count);
  const run = () => pool.run({ ...NOTHING, input, count, output: true });
  await run();
  await run();
  const clock = new Clock(pool.local.engine, graph);
  const tasks = [];
  const end = performance.now() + seconds * 1000;
  while (tasks.length < 5 || performance.now() < end) {
    const start = performance.now();
    await run();
    tasks.push(clock.take(performance.now() - start));
  }
  return summed(tasks, count, graph, clock.kinds);
}

/** Times of one task: of each step all, and what gathers and kernels had of it. */
class Clock {
  constructor(engine, graph) {
    const { rows } = engine;
    const needed = [engine.step, rows?.gather, rows?.frame, rows?.exports?.collect];
    if (!needed.every((method) => typeof method === 'function')) throw new Error('the engine has other methods than profile.mjs knows');
    this.kinds = engine.plan.steps.map((step, i) => kindOf(step, graph.ops[i], graph));
    this.steps = engine.plan.steps;
    this.#clear();
    engine.step = this.#timed(engine.step.bind(engine), 'all', true);
    for (const name of ['gather', 'frame']) rows[name] = this.#timed(rows[name].bind(rows), 'gather');
    rows.exports = { ...rows.exports, collect: this.#timed(rows.exports.collect, 'gather') };
    engine.kernels = engine.kernels.map((kernel) => kernel && { ...kernel, run: this.#timed(kernel.run.bind(kernel), 'kernel') });
  }

  /** The times since the last call, of a task that took `total` ms. */
  take(total) {
    const { times } = this;
    this.#clear();
    return { total, times };
  }

  #clear() {
    this.times = this.steps.map(() => ({ all: 0, gather: 0, kernel: 0 }));
  }

  #timed(method, what, isStep = false) {
    return (...args) => {
      if (isStep) this.current = this.steps.indexOf(args[0]);
      const start = performance.now();
      const result = method(...args);
      this.times[this.current][what] += performance.now() - start;
      return result;
    };
  }
}

/** What a step is: a merge adds partial sums; maxima are native or built of core-ops, which their names tell. */
function kindOf(step, op, graph) {
  if (step.kind !== 'tile' && step.kind !== 'map') return step.kind;
  if (/\/max\.\d/.test(op.name)) return 'maximum';
  const adds = op.gathers.length > 1 && op.gathers.every((g) => graph.signals[g.signal].golden === null);
  return adds ? 'merge' : 'tile';
}

/** Microseconds an image. Of every figure the least of all tasks, which is what the work takes when nothing disturbs it. */
function summed(tasks, count, graph, kinds) {
  const least = (of) => (tasks.reduce((a, task) => Math.min(a, of(task)), Infinity) * 1000) / count;
  const steps = kinds.map((kind, i) => ({
    name: graph.ops[i].name, kind, kernel: least(({ times }) => times[i].kernel), gather: least(({ times }) => times[i].gather),
    other: least(({ times }) => times[i].all - times[i].kernel - times[i].gather),
  }));
  const sum = (kind, ...parts) => steps.filter((step) => step.kind === kind).reduce((total, step) => parts.reduce((t, part) => t + step[part], total), 0);
  const byKind = {
    'tile kernel': sum('tile', 'kernel'), 'merge kernel': sum('merge', 'kernel'), 'gather for tiles': sum('tile', 'gather'),
    'gather for merges': sum('merge', 'gather'), maximum: sum('maximum', 'kernel', 'gather', 'other'), wire: sum('wire', 'other') + sum('permute', 'other'),
    'around tiles and merges': sum('tile', 'other') + sum('merge', 'other'),
    'edges and the rest': least(({ total, times }) => times.reduce((rest, { all }) => rest - all, total)),
  };
  return { images: count, microseconds: Object.values(byKind).reduce((a, b) => a + b, 0), steps, kinds: byKind };
}

export function profilesText(groups) {
  return groups.map(profileText).join('\n');
}

function profileText({ title, images, microseconds, kinds, steps }) {
  const share = (us) => `${((100 * us) / microseconds).toFixed(1)} %`;
  const right = (head) => ({ head, align: 'right' });
  const byKind = Object.entries(kinds).map(([kind, us]) => [kind, us.toFixed(1), share(us)]);
  const whole = ({ kernel, gather, other }) => kernel + gather + other;
  const dearest = steps.toSorted((a, b) => whole(b) - whole(a)).slice(0, TOP).map((step) => [
    step.name, step.kind, step.kernel.toFixed(1), step.gather.toFixed(1), step.other.toFixed(1), share(whole(step)),
  ]);
  const heading = `${title}: ${microseconds.toFixed(1)} us an image, tasks of ${images}`;
  return `${heading}\n\n${table([{ head: 'kind', name: true }, right('us'), right('share')], byKind)}
${table([{ head: 'step', name: true }, { head: 'kind' }, right('kernel'), right('gather'), right('other'), right('share')], dearest)}`;
}
