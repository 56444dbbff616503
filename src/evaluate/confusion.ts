/** Which classes are taken for which: counted sample by sample, for any number of classes. */

/** Pairs of classes that occurred, `count` times each; by row, then column. */
export interface Confusion {
  readonly classes: number;
  readonly samples: number;
  readonly pairs: readonly { readonly row: number; readonly column: number; readonly count: number }[];
}

export class ConfusionCounter {
  private readonly counts = new Map<number, number>();
  private samples = 0;

  constructor(private readonly classes: number) {}

  /** `row`: the label, or the float network's class; `column`: the chip's class. */
  add(row: number, column: number): void {
    const key = row * this.classes + column;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    this.samples++;
  }

  result(): Confusion {
    const pairs = [...this.counts].sort(([a], [b]) => a - b)
      .map(([key, count]) => ({ row: Math.floor(key / this.classes), column: key % this.classes, count }));
    return { classes: this.classes, samples: this.samples, pairs };
  }
}
