/** An image file to the values of a sample: read, decoded, resized and cropped, then mean and scale by channel. */
import { fail } from '../../diagnostics.js';
import { readInside } from '../files.js';
import { pixelTable } from '../pixels.js';
import { decodeRgb, toGrey } from './decode.js';
import { applyGeometry } from './geometry.js';
import { imageHeader, type ImageHeader } from './header.js';
import type { Channels, ImagePlace, Pixels, Preprocessing } from './types.js';

/** Bytes of an image file: far above any photograph. */
const FILE_LIMIT = 2 ** 28;

/** Channels of the pixels in the order of the sample. */
const ORDERS: Readonly<Record<Channels, readonly number[]>> = { rgb: [0, 1, 2], bgr: [2, 1, 0], gray: [0] };

/** Channels of a sample. */
export function channelCount(channels: Channels): number {
  return ORDERS[channels].length;
}

/** Writes [channels, height, width] values from `into[offset]` on. Refuses (T303) an image that cannot be read, decoded, or has another size in the end. */
export async function readImage(image: ImagePlace, preprocessing: Preprocessing, into: Float32Array, offset: number): Promise<void> {
  writeSample(await imagePixels(image, preprocessing), preprocessing, into, offset);
}

/** The pixels that mean and scale are applied to. */
export async function imagePixels(image: ImagePlace, { geometry, channels, size: [width, height] }: Preprocessing): Promise<Pixels> {
  const { name } = image;
  const bytes = imageBytes(image);
  const colours = await decodeRgb(bytes, imageHeader(bytes, name), name);
  const pixels = applyGeometry(channels === 'gray' ? toGrey(colours) : colours, geometry, name);
  if (pixels.width !== width || pixels.height !== height) {
    fail('T303', name, `the image has ${pixels.width} x ${pixels.height} pixels`, {
      limit: `${width} x ${height}, as the first one has them`, remedy: 'Give a geometry that ends in a crop or a resize',
    });
  }
  return pixels;
}

/** What an image says of itself. Refuses (T303) one that cannot be read. */
export function readHeader(image: ImagePlace): ImageHeader {
  return imageHeader(imageBytes(image), image.name);
}

function imageBytes({ root, file, at, length }: ImagePlace): Uint8Array {
  return readInside(root, file, FILE_LIMIT, at === undefined ? undefined : { at, length: length ?? 0 });
}

function writeSample({ width, height, channels, data }: Pixels, { channels: order, mean, scale }: Preprocessing, into: Float32Array, offset: number): void {
  const table = pixelTable(mean, scale);
  const plane = width * height;
  ORDERS[order].forEach((from, c) => {
    const [base, row] = [offset + c * plane, 256 * c];
    for (let i = 0, at = from; i < plane; i++, at += channels) into[base + i] = table[row + data[at]];
  });
}
