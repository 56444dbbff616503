/**
 * Layers: one convolution with ReLU, compiled for a chip as the product does and run by its engine over one map, so that gathering, tiles and
 * merges all count. The peers run QLinearConv of the same size on codes, and the float layer, each on one ready map; what `session.run` itself
 * costs counts as theirs. A 1 x 1 convolution that fits one core is also measured as the bare kernel.
 */
import { fileURLToPath } from 'node:url';
import { EmulatorPool } from '../dist/emulate/pool.js';
import { compiledLayer } from './compiled.mjs';
import { convRelu, convolutionSizes, qLinearConv } from './onnx-model.mjs';
import { NATIVE, NATIVE_MISSING, WEB, hasNative, sessions } from './peers.mjs';
import { pickedFor, placed } from './placed.mjs';
import { codes, unsignedTile } from './tiles.mjs';

const FLOAT = ', float';

/** `tianji`, which cuts off at every core, and a chip that adds up all channels first. */
const CHIP = 'tianji';
const WHOLE = 'whole channels';
const CHIPS = { [CHIP]: CHIP, [WHOLE]: fileURLToPath(new URL('whole-channels.yaml', import.meta.url)) };

const aim = (name, yardstick, least) => ({ name, yardstick, least });
const WINDOW_GOALS = [aim(CHIP, WEB, 1.8), aim(CHIP, NATIVE, 0.3), aim(WHOLE, WEB, 2.9), aim(WHOLE, NATIVE, 0.5)];

/** Convolutions and the least speeds that are aimed at, as multiples of a yardstick's. */
const LAYERS = [
  ...[56, 28, 14].map((size, i) => ({
    what: '1 x 1', size, channels: 64 << i, filters: 64 << i, kernel: 1, goals: [aim(CHIP, WEB, i === 0 ? 3.5 : 1.8)],
  })),
  ...[56, 28, 14, 8].map((size, i) => ({ what: '3 x 3', size, channels: 64 << i, filters: 64 << i, kernel: 3, goals: WINDOW_GOALS })),
  ...[1, 2].map((stride) => ({
    what: 'depthwise 3 x 3', size: 56, channels: 64, filters: 64, groups: 64, kernel: 3, stride, goals: [aim(CHIP, `${WEB}${FLOAT}`, 5 * stride)],
  })),
];

/** @param {number} largest sizes above it are left out, for a short look */
export function layerGroups(largest) {
  return LAYERS.filter(({ channels }) => channels <= 2 * largest).map(layerGroup);
}

function layerGroup({ what, goals, ...convolution }) {
  const { size, channels, stride = 1 } = convolution;
  const title = `${what}, ${size} x ${size} x ${channels}${stride === 1 ? '' : `, stride ${stride}`}`;
  return {
    title, unit: 'products', yardsticks: [WEB, NATIVE, `${WEB}${FLOAT}`], goals,
    prepare: async () => {
      const work = products(convolution);
      const bare = convolution.kernel === 1 ? [await bareKernel(convolution, work)] : [];
      const names = [CHIP, ...goals.some(({ name }) => name === WHOLE) ? [WHOLE] : []];
      const chips = [];
      for (const name of names) chips.push(await emulated(title, name, convolution, work));
      return { contenders: [...bare, ...chips, ...await peers(convolution, work)], notes: hasNative ? [] : [NATIVE_MISSING] };
    },
  };
}

/** Multiplications of one map. */
function products(convolution) {
  const { output, weights } = convolutionSizes(convolution);
  return count(output) * count(weights.slice(1));
}

function count(sizes) {
  return sizes.reduce((a, b) => a * b, 1);
}

/** Weights of all contenders, and the shift that keeps the sums of random codes within 8 bits. */
function weightsOf(convolution) {
  const { weights } = convolutionSizes(convolution);
  return Int8Array.from(codes(count(weights), -128, 127, 4));
}
function shiftOf(convolution) {
  return Math.ceil(Math.log2(count(convolutionSizes(convolution).weights.slice(1))) / 2) + 7;
}

async function emulated(title, name, convolution, work) {
  const scaled = Float32Array.from(weightsOf(convolution), (w) => w / 2 ** shiftOf(convolution));
  const graph = await compiledLayer(title.replaceAll(/[ ,]+/g, '-'), convRelu(convolution, scaled), name, CHIPS[name]);
  // The input is kept, lest the second run starts from what the first has left in its place.
  const pool = EmulatorPool.create({ chip: graph, workers: 0, batch: 1, keep: [graph.input] });
  const { engine } = pool.local;
  const { lo, hi } = graph.signals[graph.input].code;
  engine.load(graph.input, codes(engine.plan.sizes[graph.input], lo, hi, 5), 1);
  return { name, work, run: () => engine.execute(1) };
}

/** The rows of a map, channels fastest, times one tile; checked against QLinearConv, which rounds where the chip cuts off. */
async function bareKernel(convolution, work) {
  const { size, channels, filters } = convolution;
  const w = weightsOf(convolution);
  const rowMajor = Int16Array.from({ length: channels * filters }, (_, k) => w[(k % filters) * channels + Math.floor(k / filters)]);
  const spec = unsignedTile(channels, filters, rowMajor, shiftOf(convolution));
  const positions = size * size;
  const x = codes(positions * channels, 0, 255, 6);
  const kernel = placed(pickedFor(spec), spec, x, positions);
  kernel.run();
  const planes = Uint8Array.from({ length: x.length }, (_, k) => x[(k % positions) * channels + Math.floor(k / positions)]);
  const [{ name, prepare }] = await sessions(qLinearConv(convolution, w, shiftOf(convolution)));
  const expected = await prepare('uint8', planes, [1, channels, size, size])();
  kernel.outputs().forEach((code, k) => {
    const theirs = expected[(k % filters) * positions + Math.floor(k / filters)];
    if (theirs !== code && theirs !== code + 1) throw new Error(`the kernel and ${name} differ at ${k}: ${code}, ${theirs}`);
  });
  return { name: `${kernel.name} alone`, work, run: kernel.run };
}

async function peers(convolution, work) {
  const { input } = convolutionSizes(convolution);
  const w = weightsOf(convolution);
  const x = Uint8Array.from(codes(count(input), 0, 255, 6));
  const integer = await sessions(qLinearConv(convolution, w, shiftOf(convolution)));
  const float = await sessions(convRelu(convolution, Float32Array.from(w)));
  return [
    ...integer.map(({ name, prepare }) => ({ name, work, run: prepare('uint8', x, input), waits: true })),
    ...float.map(({ name, prepare }) => ({ name: `${name}${FLOAT}`, work, run: prepare('float32', Float32Array.from(x), input), waits: true })),
  ];
}
