/** One layer's work for `winograd`, as src/kernels/winograd.ts writes it: addresses and steps in bytes. */
@unmanaged
export class WinogradTask {
  /** The map's first channel at pixel (0, 0) of sample 0, and from sample to sample and pixel to pixel. */
  map: u32;
  mapStep: u32;
  mapPixel: u32;
  height: i32;
  width: i32;
  /** Map position of the first tap at position (0, 0), usually -1. */
  top: i32;
  left: i32;
  /** What stands for a pixel outside, readable up to a multiple of eight codes. */
  fill: u32;
  /** Eights of channels, rounded up. */
  vectors: i32;
  /** Pairs of channels, rounded up: those that have weights. */
  pairs: i32;
  /** Pairs of channels whose sums are recovered together; where there are more, `shift` is the core's own. */
  part: i32;
  /** The result's first column at position (0, 0) of sample 0, and from sample to sample, line to line, position to position. */
  y: u32;
  yStep: u32;
  yLine: u32;
  yPixel: u32;
  lines: i32;
  across: i32;
  columns: i32;
  /** For every block of 16 columns (the last of 8, if no more are left), for every pair of channels, for every tap, a pair of int16 weights a column. */
  weights: u32;
  /** 576 times the preload, int32, zeros up to a multiple of 16 columns; and 16 zeros. */
  bias: u32;
  zeros: u32;
  /** Six more than the core's, since sums are had times 64. */
  shift: i32;
  lo: i32;
  hi: i32;
  offset: i32;
  /** 0 = none; first entry for `lo`. */
  table: u32;
  /** Diagonals that are added: their number, their weights times 64 (for every eight columns, for every pair of terms, pairs of int16), their sources. */
  terms: i32;
  termWeights: u32;
  sources: u32;
}
