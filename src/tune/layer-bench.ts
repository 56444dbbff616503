/** One layer while it is tuned: its tiles on the bench, the codes inside it, and what is decided of it so far. */
import type { Code, CoreOp } from '../cores/types.js';
import type { EdgeSamples } from '../encode/types.js';
import type { LayerDraft, Stage, TileDraft } from '../expand/types.js';
import type { RealTile } from '../cores/realise.js';
import { climb } from './climb.js';
import type { WeightForm } from './trained-tile.js';
import type { TunedTile } from './trial.js';
import { each, type Rows, type Workbench } from './workbench.js';

export class LayerBench {
  /** How the weights of each op lie: spacing and shifts. */
  readonly forms = new Map<number, WeightForm>();
  /** Codes of signals inside the layer at the sampled positions. */
  readonly inner = new Map<number, Int16Array>();

  constructor(readonly bench: Workbench, readonly draft: LayerDraft, readonly golden: EdgeSamples) {}

  /** The stage that gives the output. */
  get final(): Stage {
    return this.draft.stages[this.draft.stages.length - 1];
  }

  /** The stages before it. */
  get partials(): Stage[] {
    return this.draft.stages.filter(({ kind }) => kind === 'partial');
  }

  /** Whether the output's function is at most a clip. */
  get plain(): boolean {
    return this.draft.activation === null || this.draft.activation.op === 'Clip';
  }

  op(tile: TileDraft): CoreOp {
    const op = this.bench.expansion.ops[tile.op];
    if (op.kind !== 'core') throw new Error('tiles are core-ops');
    return op;
  }

  real(tile: TileDraft): RealTile {
    return tile.real(this.bench.expansion.signals[this.op(tile).output.signal].segments ?? 1);
  }

  codeOf(signal: number): Code {
    const { code } = this.bench.expansion.signals[signal];
    if (code === null) throw new Error('no code');
    return code;
  }

  setCode(signal: number, code: Code): void {
    const { signals } = this.bench.expansion;
    signals[signal] = { ...signals[signal], code };
  }

  private setSegments(ids: readonly number[], segments: number): void {
    const { signals } = this.bench.expansion;
    for (const id of ids) signals[id] = { ...signals[id], segments: segments === 1 ? undefined : segments };
  }

  /**
   * The number of segments that copies of composed sums are best given in: segments lose less to truncation, and copies that are alike less to the rounding of
   * weights. Not of a sum before a table, which has the table's code.
   */
  async chooseSegments(ids: readonly number[], errorOf: () => Promise<number>): Promise<void> {
    const { stage, expansion: { signals } } = this.bench;
    const { copies } = signals[ids[0]];
    if (stage.parts === null || copies === 1) return;
    const choices = Array.from({ length: copies }, (_, i) => i + 1).filter((n) => copies % n === 0);
    const best = await climb(choices, 1, async (segments) => {
      this.setSegments(ids, segments);
      return errorOf();
    });
    this.setSegments(ids, best);
  }

  async rowsOf(stage: Stage): Promise<Rows[]> {
    return each(stage.tiles, (t) => this.rows(this.op(t)));
  }

  async rows(op: CoreOp): Promise<Rows> {
    await this.bench.pause();
    return this.bench.rows(op, this.golden, this.inner);
  }

  async realProduct(op: CoreOp, real: RealTile, rows: Rows): Promise<Float32Array> {
    await this.bench.pause();
    return this.bench.realProduct(op, real, rows);
  }

  /** Puts a tile's codes [rows x its columns] where they belong among those of its output signal, [rows x channels]. */
  place({ output, columns }: CoreOp, codes: Int16Array, all: Int16Array): void {
    const channels = this.bench.expansion.signals[output.signal].shape[2];
    for (let from = 0, to = output.channel; from < codes.length; from += columns, to += channels) all.set(codes.subarray(from, from + columns), to);
  }

  write(tile: TileDraft, tuned: TunedTile, table: Int16Array | null): void {
    const { weights, preload } = tuned.integers;
    this.forms.set(tile.op, tuned);
    this.bench.expansion.ops[tile.op] = { ...this.op(tile), weights, preload, config: this.bench.stage.config(tuned.k), table };
  }
}
