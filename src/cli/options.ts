/** Options that several commands share, and what their texts mean. */
import { InvalidArgumentError, type Command } from 'commander';
import { fail } from '../diagnostics.js';
import { MOST_SHARDS, parseShard, type Shard } from '../evaluate/shard.js';
import { interrupt } from './interrupt.js';
import { DEFAULT_STEPS, STEP_NAMES, stepsOf } from '../tune/steps.js';
import { randomInputs, type Model } from '../api/model.js';
import type { EmulationOptions } from '../api/options.js';
import { loadDataSet } from '../data/card.js';
import type { DataSet } from '../data/types.js';

/** Parser of a whole number; anything else is wrong usage, whose message is the limit. */
export function whole(least: number, most: number = 2 ** 31 - 1): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) throw new InvalidArgumentError(`a whole number, ${least}..${most}`);
    return value;
  };
}

/** Parser of a part of the samples, such as 2/8. */
export function shard(text: string): Shard {
  const found = parseShard(text);
  if (found === undefined) throw new InvalidArgumentError(`i/n, a whole number of parts up to ${MOST_SHARDS} and one of them, from 1 on`);
  return found;
}

/** Parser of names of tuning steps, separated by commas; `all` among them stands for every one. */
export function stepList(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name !== ALL_STEPS && !STEP_NAMES.includes(name))) throw new InvalidArgumentError(`${STEP_NAMES.join(', ')}, or ${ALL_STEPS}`);
  return names.includes(ALL_STEPS) ? STEP_NAMES : names;
}

const ALL_STEPS = 'all';

/** Steps that `--with` and `--without` leave; nothing where neither is given. */
export function stepsChosen(options: { readonly with?: readonly string[]; readonly without?: readonly string[] }): readonly string[] | undefined {
  if (options.with === undefined && options.without === undefined) return undefined;
  const left = DEFAULT_STEPS.filter((step) => options.without?.includes(step) !== true);
  return stepsOf([...left, ...(options.with ?? [])]);
}

/** Parser of a share: a number above 0, at most 1. */
export function share(text: string): number {
  const value = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || !(value > 0) || value > 1) throw new InvalidArgumentError('a number above 0, at most 1');
  return value;
}

/** `--data`, `--against` and `--limit`. */
export function measures(command: Command, against = 'the float network to run beside it'): Command {
  return command
    .requiredOption('--data <card>', 'data card of the samples')
    .option('--against <model>', against)
    .option('--limit <n>', 'samples at most', whole(1));
}

/** `--workers`, `--batch` and `--kernel`. */
export function emulates(command: Command): Command {
  return command.optionsGroup('Emulation:')
    .option('--workers <n>', 'worker threads; 0 works in one thread (default: one a processor core)', whole(0, 256))
    .option('--batch <n>', 'samples that a worker takes at once', whole(1, 65536))
    .option('--kernel <name>', 'kernel variant: simd (without relaxed SIMD), scalar, or a kernel\'s full name; results do not change');
}

/** How a command emulates: as its options say, until it is interrupted. */
export function emulationOptions({ workers, batch, kernel }: EmulationOptions): EmulationOptions {
  return {
    signal: interrupt, ...(workers === undefined ? {} : { workers }), ...(batch === undefined ? {} : { batch }), ...(kernel === undefined ? {} : { kernel }),
  };
}

export function json(command: Command): Command {
  return command.optionsGroup('General:').option('--json', 'print one JSON document');
}

/** Samples to calibrate with: a data card, or `random:SEED`. */
export function calibrationOf(text: string, model: Model, samples: number): DataSet {
  if (!text.startsWith('random:')) return loadDataSet(text);
  const seed = text.slice('random:'.length);
  if (!/^\d{1,10}$/.test(seed)) fail('T402', text, 'the seed is no whole number in range', { limit: '0..4294967295', remedy: 'Write random:0, for example' });
  return randomInputs(model, Number(seed), samples);
}
