/** Format and size of an image from its first bytes, before anything is decoded: what is too large, or neither JPEG nor PNG, never reaches the decoder. */
import { fail } from '../../diagnostics.js';

export interface ImageHeader {
  readonly format: 'jpeg' | 'png';
  readonly width: number;
  readonly height: number;
  /** Components of a JPEG: 1 grey, 3 colours, 4 CMYK; of a PNG as its colour type says. */
  readonly components: number;
}

/** Pixels of an image: the largest of ImageNet has 61 million. */
export const PIXEL_LIMIT = 2 ** 26;

const PNG_MAGIC = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Components by colour type: grey, RGB, palette, grey and alpha, RGB and alpha. */
const PNG_COMPONENTS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Refuses (T303) what is no JPEG or PNG of 8 bits a channel, has no pixels, or more than `PIXEL_LIMIT`. */
export function imageHeader(bytes: Uint8Array, place: string): ImageHeader {
  const header = PNG_MAGIC.every((b, i) => bytes[i] === b) ? pngHeader(bytes, place) : jpegHeader(bytes, place);
  const { width, height } = header;
  if (width < 1 || height < 1) fail('T303', place, `the image has ${width} x ${height} pixels`, { limit: 'at least one pixel' });
  if (width * height > PIXEL_LIMIT) {
    fail('T303', place, `the image has ${width} x ${height} pixels`, { limit: `${PIXEL_LIMIT} pixels`, remedy: 'Scale it down before' });
  }
  return header;
}

function pngHeader(bytes: Uint8Array, place: string): ImageHeader {
  // Length and type of the chunk IHDR, then width, height, bits, colour type.
  if (bytes.length < 33) fail('T303', place, 'the image ends in its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [bits, colour] = [bytes[24], bytes[25]];
  if (view.getUint32(12) !== 0x49484452 || PNG_COMPONENTS[colour] === undefined) fail('T303', place, 'the header of the PNG is broken');
  if (bits > 8) fail('T303', place, `a PNG of ${bits} bits a channel`, { limit: '8 bits', remedy: 'Save it with 8 bits a channel' });
  return { format: 'png', width: view.getUint32(16), height: view.getUint32(20), components: PNG_COMPONENTS[colour] };
}

function jpegHeader(bytes: Uint8Array, place: string): ImageHeader {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) fail('T303', place, 'this is neither a JPEG nor a PNG');
  for (let at = 2; at + 9 < bytes.length;) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1];
    // Fill bytes, and markers that stand alone.
    if (marker === 0xff) at++;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) at += 2;
    else if (isFrame(marker)) return frame(bytes, at, place);
    else if (marker === 0xd9 || marker === 0xda) break;
    else at += 2 + ((bytes[at + 2] << 8) | bytes[at + 3]);
  }
  return fail('T303', place, 'the JPEG ends, or is broken, before it states its size');
}

/** SOF0..SOF15 without the tables among them (DHT, JPG, DAC). */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function frame(bytes: Uint8Array, at: number, place: string): ImageHeader {
  const word = (offset: number): number => (bytes[at + offset] << 8) | bytes[at + offset + 1];
  const [bits, components] = [bytes[at + 4], bytes[at + 9]];
  if (bits !== 8) fail('T303', place, `a JPEG of ${bits} bits a channel`, { limit: '8 bits', remedy: 'Save it with 8 bits a channel' });
  if (components !== 1 && components !== 3 && components !== 4) fail('T303', place, `a JPEG of ${components} channels`, { limit: '1, 3 or 4' });
  return { format: 'jpeg', width: word(7), height: word(5), components };
}
