/**
 * Draws the digits of the bundled example and writes them as IDX files.
 *
 *   node examples/digits/draw.mjs                          the test and calibration files beside this script
 *   node examples/digits/draw.mjs --train 30000 --out DIR  a training set, into DIR
 *
 * Arithmetic is limited to + - * / and the square root, which IEEE 754 rounds alike everywhere, so the bytes are the same on every machine.
 */
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'fflate';
import { Random } from './random.mjs';
import { digits } from './strokes.mjs';

const size = 28;
const stepsPerSpan = 8;

/** The committed sets; the training set has a seed of its own, so that none of its images is in them. */
export const sets = {
  test: { seed: 20260, count: 600 },
  calibration: { seed: 20261, count: 400 },
  train: { seed: 20262, count: 30000 },
};

/** Catmull-Rom through four points: position between `b` and `c` at 0 <= t <= 1. */
function between(a, b, c, d, t) {
  const at = (k) => {
    const slope = c[k] - a[k];
    const square = 2 * a[k] - 5 * b[k] + 4 * c[k] - d[k];
    const cube = 3 * b[k] - a[k] - 3 * c[k] + d[k];
    return 0.5 * (2 * b[k] + t * (slope + t * (square + t * cube)));
  };
  return [at(0), at(1)];
}

/** A stroke as a list of points joined by straight lines. */
function flatten({ smooth, points }) {
  if (!smooth) return points;
  const path = [points[0]];
  for (let i = 0; i + 1 < points.length; i++) {
    const before = points[Math.max(0, i - 1)];
    const after = points[Math.min(points.length - 1, i + 2)];
    for (let k = 1; k <= stepsPerSpan; k++) path.push(between(before, points[i], points[i + 1], after, k / stepsPerSpan));
  }
  return path;
}

/** A random placement of the unit box in the image: scale, lean, turn (by the tangent of half its angle) and shift. */
function placement(random) {
  const width = 12.5 + random.spread(1.7);
  const height = 18.5 + random.spread(1.6);
  const lean = 0.12 + random.spread(0.17);
  const half = random.spread(0.055);
  const cosine = (1 - half * half) / (1 + half * half);
  const sine = (2 * half) / (1 + half * half);
  const centreX = 14 + random.spread(1.3);
  const centreY = 14 + random.spread(1.3);
  return ([x, y]) => {
    const v = (y - 0.5) * height;
    const u = (x - 0.5) * width - lean * v;
    return [centreX + cosine * u - sine * v, centreY + sine * u + cosine * v];
  };
}

function squaredDistance(x, y, [ax, ay], [bx, by]) {
  const dx = bx - ax;
  const dy = by - ay;
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length));
  const ex = x - ax - along * dx;
  const ey = y - ay - along * dy;
  return ex * ex + ey * ey;
}

/** The ink of one path, 0..1 a pixel: 1 inside the pen's width, falling over one pixel at its border. */
function ink(path, radius, into) {
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      let nearest = Infinity;
      for (let i = 0; i + 1 < path.length; i++) nearest = Math.min(nearest, squaredDistance(x + 0.5, y + 0.5, path[i], path[i + 1]));
      const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.sqrt(nearest)));
      into[y * size + x] = Math.max(into[y * size + x], cover);
    }
  }
}

/** Patches where the pen lost contact, and a stray mark: what keeps the task from being trivial. */
function disturb(random, cover) {
  if (random.below(4) === 0) {
    const x = random.between(5, 23);
    const y = random.between(5, 23);
    const radius = random.between(1, 2.6);
    for (let i = 0; i < cover.length; i++) {
      const dx = (i % size) + 0.5 - x;
      const dy = Math.floor(i / size) + 0.5 - y;
      if (dx * dx + dy * dy < radius * radius) cover[i] *= 0.25;
    }
  }
  if (random.below(5) === 0) {
    const from = [random.between(3, 25), random.between(3, 25)];
    ink([from, [from[0] + random.spread(3.5), from[1] + random.spread(3.5)]], random.between(0.3, 0.9), cover);
  }
}

/** One digit as 784 bytes; all of it follows from the seed and the index. */
function drawDigit(seed, index) {
  const random = new Random(seed, index);
  const label = random.below(10);
  const styles = digits[label];
  const place = placement(random);
  const radius = random.between(0.7, 1.7);
  const wobble = random.between(0.03, 0.09);
  const cover = new Float64Array(size * size);
  for (const stroke of styles[random.below(styles.length)]) {
    const points = stroke.points.map(([x, y]) => [x + random.spread(wobble), y + random.spread(wobble)]);
    ink(flatten({ ...stroke, points }).map(place), radius, cover);
  }
  disturb(random, cover);
  const contrast = random.between(0.62, 1);
  // Ink is grainy, paper is not: an even background keeps the files small.
  const pixels = cover.map((value) => (value === 0 ? 0 : value * contrast * (1 + random.spread(0.07))));
  return { label, pixels: Uint8Array.from(pixels, (value) => Math.round(255 * Math.min(1, Math.max(0, value)))) };
}

/** An IDX file of bytes: magic with the number of dimensions, the dimensions as big-endian words, the data. */
function idx(dimensions, data) {
  const bytes = new Uint8Array(4 + 4 * dimensions.length + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x0800 | dimensions.length);
  dimensions.forEach((dimension, i) => view.setUint32(4 + 4 * i, dimension));
  bytes.set(data, 4 + 4 * dimensions.length);
  return bytes;
}

/** The image and label files of a set, uncompressed. */
export function drawSet({ seed, count }) {
  const images = new Uint8Array(count * size * size);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const { label, pixels } = drawDigit(seed, i);
    images.set(pixels, i * size * size);
    labels[i] = label;
  }
  return { images: idx([count, size, size], images), labels: idx([count], labels) };
}

function writeSet(folder, name, set) {
  mkdirSync(folder, { recursive: true });
  const { images, labels } = drawSet(set);
  // A time of zero keeps the compressed bytes the same from run to run.
  const write = (file, bytes) => writeFileSync(join(folder, `${file}.gz`), gzipSync(bytes, { level: 9, mtime: 0 }));
  write(`${name}-images.idx3-ubyte`, images);
  write(`${name}-labels.idx1-ubyte`, labels);
}

function main() {
  const { values } = parseArgs({ options: { train: { type: 'string' }, out: { type: 'string' } } });
  const here = dirname(fileURLToPath(import.meta.url));
  if (values.train === undefined) {
    writeSet(values.out ?? here, 'test', sets.test);
    writeSet(values.out ?? here, 'calibration', sets.calibration);
    return;
  }
  const count = Number(values.train);
  if (!Number.isInteger(count) || count < 1 || count > 100000 || values.out === undefined) {
    console.error('usage: draw.mjs [--train COUNT --out DIR], COUNT from 1 to 100000');
    process.exitCode = 2;
    return;
  }
  writeSet(values.out, 'train', { ...sets.train, count });
}

if (realpathSync(process.argv[1] ?? '.') === fileURLToPath(import.meta.url)) main();
