/** A process that runs fuzz cases as scripts/fuzz.mjs asks for them, one message in and two out for each case: that it begins, and what came of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cases, TARGETS } from './cases.js';

interface Ask {
  readonly target: string;
  readonly seed: number;
  /** Cases `from`..`to - 1`. */
  readonly from: number;
  readonly to: number;
  readonly real?: string;
  /** Give the input itself as well. */
  readonly input?: boolean;
}

const folder = mkdtempSync(join(tmpdir(), 'trestle-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.on('disconnect', () => process.exit());

const known = new Map<string, Promise<Cases>>();

function casesOf({ target, seed, real }: Ask): Promise<Cases> {
  const found = known.get(target) ?? Cases.of(TARGETS.find(({ name }) => name === target)!, seed, folder, real);
  known.set(target, found);
  return found;
}

function tell(message: unknown): Promise<void> {
  return new Promise((done) => process.send?.(message, () => done()));
}

/** Seconds that this process has worked, on all its threads: what other programs take does not count. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function answer(ask: Ask): Promise<void> {
  const cases = await casesOf(ask);
  for (let index = ask.from; index < ask.to; index++) {
    const start = processorTime();
    await tell({ begins: index, at: start });
    const outcome = ask.input ? {} : await cases.run(index);
    const seconds = processorTime() - start;
    if (ask.input) {
      const { seed: { name, ending }, bytes } = cases.input(index);
      await tell({ input: Buffer.from(bytes).toString('base64'), name, ending });
    }
    await tell({ ends: index, outcome, seconds, peak: process.resourceUsage().maxRSS * 1024 });
  }
  await tell({ done: true });
}

process.on('message', (ask: Ask) => void answer(ask));
// What escapes everything is a fault of the case that runs; the parent sees the process end.
await tell({ ready: true });
