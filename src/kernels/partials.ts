/**
 * Products of PRIME's parts for one set of weights and many sets of constant rows, as tuning tries them: the partials of all rows are made once, and codes
 * are composed of them (assembly/simd128/packed.ts).
 */
import { int16View } from './memory.js';
import { composedPacked, PACKED_SCRATCH, placeBlocks } from './packed.js';
import { BLOCK, blockFields, layoutOf, packLanes, resultVectors } from './sharing.js';
import { variableRows, type KernelExports, type TileSpec } from './types.js';

/** Bytes of the partials of a row by a block of columns. */
const PARTIAL_BYTES = 64;

/** Whether `partialsOf` can take a tile, whatever its constant rows hold. */
export function hasPartials(spec: TileSpec): boolean {
  return spec.constants !== undefined && composedPacked.supports(spec);
}

/**
 * Partials of `count` rows at byte `x`, `pitch` codes apart, and what gives codes [count x columns] of them: for the weights [constant rows x columns] of the
 * constant rows. The tile's own constant rows do not count. Codes stand until the next are asked for. `allocate` as for CoreKernel.pack; what it gives must
 * stay as long as the function is used.
 */
export function partialsOf(
  spec: TileSpec, memory: WebAssembly.Memory, exports: KernelExports, allocate: (bytes: number) => number, x: number, pitch: number, count: number,
): (constants: Int16Array) => Int16Array {
  const layout = layoutOf(spec);
  const { mirror, copies, blocks } = layout;
  const { columns } = spec;
  const multiplied = blocks.reduce((sum, block) => sum + block.columns.length, 0);
  const partials = allocate(blocks.length * count * PARTIAL_BYTES);
  exports.packedPartials(
    x, pitch, count, variableRows(spec), multiplied, placeBlocks(spec, memory, allocate), partials, allocate(PACKED_SCRATCH),
  );
  const sizes = blocks.map((block) => resultVectors(block.columns.length, layout).bytes);
  const lanes = allocate(sizes.reduce((sum, bytes) => sum + bytes, 0));
  const y = allocate(count * columns * 2 + 2 * BLOCK);
  const f = blockFields(spec, layout, 0, memory, allocate);
  const rows = spec.rows - variableRows(spec);
  return (weights) => {
    const constants = { ...spec, rows, weights };
    let at = lanes;
    blocks.forEach((block, b) => {
      packLanes(constants, block.columns, layout, int16View(memory, at, (sizes[b] as number) / 2).fill(0));
      at += sizes[b] as number;
    });
    exports.composePartials(partials, count, y, columns, columns, mirror, copies, lanes, f.shift, f.limit, f.lo, f.hi, f.offset, f.table);
    return int16View(memory, y, count * columns);
  };
}
