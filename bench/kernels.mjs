/**
 * Core-ops: every kernel that takes the tile, its scalar twin, the same in plain JavaScript, and onnxruntime's MatMulInteger of the same
 * size, one thread each, operands ready in memory, weights packed before. What is measured is checked first: all results against each
 * other, the window's sums against the peers'.
 */
import { layerGroups } from './layers.mjs';
import { matMulInteger } from './onnx-model.mjs';
import { NATIVE, NATIVE_MISSING, WEB, hasNative, sessions } from './peers.mjs';
import { plainComposed, plainMerge, plainWindow } from './plain.mjs';
import { expectSame, kernelsFor, placed } from './placed.mjs';
import { SHIFT, TABLE64, TABLES, codes, composedTile, diagonal, narrowTile, windowTile } from './tiles.mjs';

const PLAIN = 'plain JavaScript';
/** Rows of codes of one operation, of slow contenders as a share: their time is proportional. */
const BATCH = 1024;
const SLOW = 1 / 16;

/** @param {{ size?: number }} options `size` rows and columns of the core (256) */
export function groups({ size = 256 }) {
  const window = (table) => windowTile(size, size, table);
  const composed = (gain, table) => composedTile(size, size, gain, table);
  return [
    productGroup('window, ReLU table', window(TABLES.relu), plainWindow, ['window/simd', 1.1]),
    productGroup('window, codes of 7 bits', narrowTile(size, size, 7), plainWindow),
    productGroup('window, codes of 5 bits', narrowTile(size, size, 5), plainWindow),
    productGroup('window, identity table', window(TABLES.identity), plainWindow),
    productGroup('window, arbitrary table', window(TABLES.arbitrary), plainWindow),
    productGroup('composed, gain 0: three partials', composed(0), plainComposed, ['composed/packed', 0.62]),
    productGroup('composed, gain 7: four partials', composed(7), plainComposed, ['composed/packed', 0.5]),
    productGroup('composed, gain 7, table of 64', composed(7, TABLE64), plainComposed),
    ...mergeGroups(size),
    ...layerGroups(size),
  ];
}

function productGroup(title, spec, plain, goal) {
  return {
    title, unit: 'products', yardsticks: [WEB, NATIVE, `${spec.arithmetic.kind}/scalar`, PLAIN],
    goals: goal === undefined ? [] : [{ name: goal[0], yardstick: WEB, least: goal[1] }],
    async prepare() {
      const own = ownContenders(spec, plain, spec.rows * spec.columns);
      return { contenders: [...own.contenders, ...await products(spec, own.expected)], notes: hasNative ? [] : [NATIVE_MISSING] };
    },
  };
}

/** Sums of partials. The peers have no such operation. */
function mergeGroups(size) {
  const merge = (title, spec, plain) => ({
    title, unit: 'outputs', yardsticks: [`${spec.arithmetic.kind}/scalar`, ...(plain === null ? [] : [PLAIN])], goals: [],
    prepare: async () => ({ contenders: ownContenders(spec, plain, spec.columns).contenders }),
  });
  const evenColumns = (partials) => Math.max(2, 2 * Math.floor(size / partials / 2));
  const window = (partials) => {
    const columns = evenColumns(partials);
    return windowTile(partials * columns, columns, TABLES.relu, diagonal(partials, columns, () => 1), 3);
  };
  const pairs = evenColumns(4);
  return [
    merge('merge of 18 partials, window', window(18), plainMerge),
    merge('merge of 4 partials, window', window(4), plainMerge),
    merge('merge of 2 pairs, composed, gain 7', composedTile(4 * pairs, pairs, 7, null, diagonal(4, pairs, (t) => (t % 2 === 0 ? 160 : -160))), plainComposed),
  ];
}

/** Kernels that take the tile, and the plain loop. `work`: units of a row. */
function ownContenders(spec, plain, work) {
  const x = codes(BATCH * spec.rows, spec.input.lo, spec.input.hi, 3);
  const kernels = kernelsFor(spec).map((kernel) => placed(kernel, spec, x, kernel.name.endsWith('/scalar') ? BATCH * SLOW : BATCH));
  const y = new Int16Array(BATCH * SLOW * spec.columns);
  const loop = plain(spec);
  const all = [...kernels, { name: PLAIN, batch: BATCH * SLOW, run: () => loop(x, y, BATCH * SLOW), outputs: () => y }];
  all.forEach(({ run }) => run());
  const expected = all[0].outputs().slice();
  all.slice(1).forEach((each) => expectSame(each.outputs(), expected, `${each.name} and ${all[0].name}`));
  return { contenders: all.map(({ name, batch, run }) => ({ name, work: batch * work, run })), expected };
}

/** The peers on the same size; on the window's operands, whose types they know, also the same sums. */
async function products(spec, expected) {
  const { rows, columns } = spec;
  const isWindow = spec.arithmetic.kind === 'window';
  const { weights } = isWindow ? spec : windowTile(rows, columns, null);
  const x = Uint8Array.from(codes(BATCH * rows, 0, spec.input.hi, 3));
  const peers = await sessions(matMulInteger(Int8Array.from(weights), BATCH, rows, columns));
  return Promise.all(peers.map(async ({ name, prepare }) => {
    const run = prepare('uint8', x, [BATCH, rows]);
    const sums = await run();
    const codeOf = (sum) => spec.table[Math.min(Math.max(sum >> SHIFT, -128), 127) + 128];
    if (isWindow) expectSame(expected, Int16Array.from(sums, codeOf), `the window kernel and ${name}`);
    return { name, work: BATCH * rows * columns, run, waits: true };
  }));
}
