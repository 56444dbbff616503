/**
 * Kernels of tiles that add terms position by position, such as partial sums of cores, and read them where they lie in their maps
 * (assembly/simd128/merge.ts).
 */
import { BLOCK, placePairs, terms } from './diagonal.js';
import { int32View } from './memory.js';
import { isPoint, sourceOf } from './points.js';
import { epilogueFields, fits32, placeBias, type Family } from './product.js';
import type { KernelExports, MapKernel, PackedTile } from './types.js';

/** int32 values of a source. */
const SOURCE = 2;

/** Cost of a term of eight columns, and of what follows its sums. */
const COST = { term: 4, epilogue: 14 };

function mergeKernel(family: Family): MapKernel {
  const name = `${family}/merge`;
  return {
    name,
    supports: (spec) => spec.windows.every((w) => isPoint(spec, w)) && fits32(family, spec) && (spec.constants?.rows ?? 0) === 0 && terms(spec) > 0,
    cost: ({ windows, columns }) => Math.ceil(columns / BLOCK) * (COST.term * windows.length + COST.epilogue),
    pack(spec, memory, allocate): PackedTile {
      const fields = {
        columns: spec.columns, weights: placePairs(spec, memory, allocate), bias: placeBias(spec, memory, allocate),
        ...epilogueFields(spec, memory, allocate),
      };
      return { kernel: name, scratchBytes: (spec.windows.length + 1) * SOURCE * 4, fields };
    },
    run(tile, exports: KernelExports, memory, windows, y, samples, scratch): void {
      const f = tile.fields;
      const [lines, across] = y.positions;
      const sources = windows.map(sourceOf);
      // Without a partner a term stands beside itself, with a weight of 0.
      if (sources.length % 2 === 1) sources.push(...sources.slice(-1));
      const words = int32View(memory, scratch, SOURCE * sources.length);
      const places = [...sources, [y.address, y.sampleStep, y.lineStep, y.columnStep]];
      // Lines, and samples, that lie one behind the other everywhere are one.
      const linesJoin = lines === 1 || places.every(([, , line, step]) => line === across * step);
      const samplesJoin = linesJoin && (samples === 1 || places.every(([, sample, , step]) => sample === lines * across * step));
      const count = across * (linesJoin ? lines : 1) * (samplesJoin ? samples : 1);
      for (let n = 0; n < (samplesJoin ? 1 : samples); n++) {
        for (let line = 0; line < (linesJoin ? 1 : lines); line++) {
          sources.forEach(([address, sampleStep, lineStep, step], k) => {
            words[SOURCE * k] = address + n * sampleStep + line * lineStep;
            words[SOURCE * k + 1] = step;
          });
          exports.merge(
            scratch, windows.length, count, y.address + n * y.sampleStep + line * y.lineStep, y.columnStep, f.columns, f.weights, f.bias,
            f.least, f.greatest, f.shift, f.lo, f.hi, f.offset, f.table,
          );
        }
      }
    },
  };
}

export const windowMerge = mergeKernel('window');
export const idealMerge = mergeKernel('ideal');
