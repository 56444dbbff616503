import type { Edge } from '../reform/types.js';

/** Golden values of an edge on calibration data: whole range, and some positions of each sample with all channels (collect.ts). */
export interface EdgeSamples {
  readonly edge: Edge;
  /** Row r is the position `positions[r]` (y * width + x) of calibration sample `samples[r]`. */
  readonly samples: Int32Array;
  readonly positions: Int32Array;
  /** Row-major [rows x channels]. */
  readonly values: Float32Array;
  readonly min: number;
  readonly max: number;
  /** Least and greatest value of each channel in each calibration sample, [samples x channels]. */
  readonly least: Float32Array;
  readonly most: Float32Array;
  /** Positions along a side of the map that a sum which reads it adds up with one sign (cores/peaks.ts); 1 without one. */
  readonly side: number;
}

/** Golden samples by edge. */
export type Calibration = ReadonlyMap<Edge, EdgeSamples>;
