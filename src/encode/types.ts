import type { Edge } from '../reform/types.js';

/** Golden values of an edge on calibration data: whole range, and a seeded sample of positions with all channels. */
export interface EdgeSamples {
  readonly edge: Edge;
  /** Row r is the position `positions[r]` (y * width + x) of calibration sample `samples[r]`. */
  readonly samples: Int32Array;
  readonly positions: Int32Array;
  /** Row-major [rows x channels]. */
  readonly values: Float32Array;
  readonly min: number;
  readonly max: number;
}

/** Golden samples by edge. */
export type Calibration = ReadonlyMap<Edge, EdgeSamples>;
