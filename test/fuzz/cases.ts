/** Cases by number: an input and what came of it follow from (target, seed, index) and the seeds' files alone. */
import { checkSeed, philox } from '../../src/prng.js';
import { Draw } from './draw.js';
import { Fault, Trial, type Seed, type Target } from './target.js';
import { arrayTarget } from './targets/array.js';
import { artefactTarget } from './targets/artefact.js';
import { cardTarget } from './targets/card.js';
import { chipTarget } from './targets/chip.js';
import { modelTarget } from './targets/model.js';
import { vectorsTarget } from './targets/vectors.js';

export const TARGETS: readonly Target[] = [modelTarget, artefactTarget, cardTarget, chipTarget, arrayTarget, vectorsTarget];

export interface Outcome {
  /** Seed of the input. */
  readonly from: string;
  /** Steps that were done; none: the input was refused. */
  readonly done: readonly string[];
  /** Numbers of what was refused. */
  readonly codes: readonly string[];
  /** What must not happen, with its stack. */
  readonly fault?: string;
}

export interface CaseInput {
  readonly seed: Seed;
  readonly bytes: Uint8Array;
}

/** Cases of one target. `folder` is theirs alone. */
export class Cases {
  private constructor(
    private readonly target: Target, private readonly seeds: readonly Seed[], private readonly key: number, private readonly folder: string,
  ) {}

  static async of(target: Target, seed: number, folder: string, real?: string): Promise<Cases> {
    checkSeed(seed);
    return new Cases(target, await target.seeds(folder, real), philox([TARGETS.indexOf(target), 0], seed)[0], folder);
  }

  input(index: number): CaseInput {
    const draw = new Draw(this.key, index);
    const seed = draw.of(this.seeds);
    return { seed, bytes: this.target.change(draw, seed, draw.of(this.seeds)) };
  }

  /** Seeds as they are, every n-th: they must be accepted, or cases made from them would say little. */
  async good(every: number): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const seed of this.seeds.filter((_, i) => i % every === 0)) outcomes.push(await this.attempt({ seed, bytes: seed.bytes }));
    return outcomes;
  }

  async run(index: number): Promise<Outcome> {
    return this.attempt(this.input(index));
  }

  private async attempt({ seed, bytes }: CaseInput): Promise<Outcome> {
    const trial = new Trial();
    const outcome = (fault?: string): Outcome => ({
      from: seed.name, done: trial.done, codes: [...new Set(trial.diagnostics.map(({ code }) => code))].sort(), ...(fault === undefined ? {} : { fault }),
    });
    try {
      await this.target.attempt(bytes, trial, this.folder, seed.ending);
      return outcome();
    } catch (error) {
      if (error instanceof Fault) return outcome(error.message);
      return outcome(error instanceof Error ? error.stack ?? error.message : String(error));
    }
  }
}
