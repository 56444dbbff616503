/** Resizing and cropping as data cards name them. */
import { fail } from '../../diagnostics.js';
import { resize } from './resample.js';
import type { GeometryStep, Pixels } from './types.js';

type Size = readonly [width: number, height: number];

/** Pixels of an image after a step: a long thin image must not become a huge one. */
const STEP_LIMIT = 2 ** 26;

/** Size after the steps; `null`: it depends on the image, whose size is not given. */
export function sizeAfter(geometry: readonly GeometryStep[], size: Size | null): Size | null {
  return geometry.reduce<Size | null>((before, step) => {
    if ('resize' in step) return step.resize;
    if ('crop' in step) return step.crop;
    return before === null ? null : shortSize(before, step.resizeShort);
  }, size);
}

/** The image after the steps. Refuses (T303) one that is smaller than what is to be cut out of it, or that would become huge. */
export function applyGeometry(image: Pixels, geometry: readonly GeometryStep[], place: string): Pixels {
  return geometry.reduce((pixels, step) => {
    if ('crop' in step) return crop(pixels, step.crop, place);
    const [width, height] = 'resize' in step ? step.resize : shortSize([pixels.width, pixels.height], step.resizeShort);
    const most = Math.max(width, pixels.width) * Math.max(height, pixels.height);
    if (most > STEP_LIMIT) fail('T303', place, `resized to ${width} x ${height} pixels`, { limit: `${STEP_LIMIT} pixels` });
    return resize(pixels, width, height);
  }, image);
}

/** The shorter side becomes `short`, the longer one in proportion, rounded down: as torchvision's `Resize` does it. */
function shortSize([width, height]: Size, short: number): Size {
  return width <= height ? [short, Math.floor((short * height) / width)] : [Math.floor((short * width) / height), short];
}

/** The centre; where it cannot be in the middle, it lies half a pixel to the left and above. */
function crop({ width, height, channels, data }: Pixels, [w, h]: Size, place: string): Pixels {
  if (w > width || h > height) {
    fail('T303', place, `the image has ${width} x ${height} pixels`, { limit: `at least ${w} x ${h}, which are cut out of it`, remedy: 'Resize first' });
  }
  const [left, top] = [(width - w) >> 1, (height - h) >> 1];
  const out = new Uint8Array(w * h * channels);
  for (let y = 0; y < h; y++) {
    const from = ((y + top) * width + left) * channels;
    out.set(data.subarray(from, from + w * channels), y * w * channels);
  }
  return { width: w, height: h, channels, data: out };
}
