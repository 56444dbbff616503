/**
 * Decoding with sharp, to the pixels of PIL's `Image.open(f).convert('RGB')`: libjpeg's slow integer transform and smooth chroma upsampling, which both
 * have by default; no colour profile, no rotation by EXIF, alpha left out.
 */
import type sharp from 'sharp';
import { fail } from '../../diagnostics.js';
import { PIXEL_LIMIT, type ImageHeader } from './header.js';
import type { Pixels } from './types.js';

type Sharp = typeof sharp;

let decoder: Promise<Sharp> | null = null;

/** Loads sharp at the first image: nothing else needs it. Refuses (T304) where it has no binary for the machine. */
export function loadDecoder(): Promise<Sharp> {
  decoder ??= import('sharp').then(({ default: load }) => {
    // A worker decodes one image at a time: it stays on one core, and keeps no image.
    load.concurrency(1);
    load.cache(false);
    return load;
  }, (error: unknown) => fail('T304', 'sharp', `the package cannot be loaded: ${firstLine(error)}`));
  return decoder;
}

/** RGB pixels of a whole JPEG or PNG. Refuses (T303) what is cut off or broken. */
export async function decodeRgb(bytes: Uint8Array, { format, components }: ImageHeader, place: string): Promise<Pixels> {
  const load = await loadDecoder();
  const image = load(bytes, { failOn: 'truncated', ignoreIcc: true, limitInputPixels: PIXEL_LIMIT });
  const inks = format === 'jpeg' && components === 4;
  try {
    const { data, info } = await (inks ? image.pipelineColourspace('cmyk').toColourspace('cmyk') : image).raw().toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    const rgb = inks ? inksToRgb(data) : channels === 4 ? withoutAlpha(data) : data;
    if (rgb.length !== width * height * 3) throw new Error(`${channels} channels`);
    return { width, height, channels: 3, data: rgb };
  } catch (error) {
    return fail('T303', place, `the image cannot be decoded: ${firstLine(error)}`, { limit: 'a whole JPEG or PNG', remedy: 'Get the file anew' });
  }
}

/** Luma of RGB, as PIL's `convert('L')` computes it. */
export function toGrey({ width, height, data }: Pixels): Pixels {
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++) grey[i] = (data[3 * i] * 19595 + data[3 * i + 1] * 38470 + data[3 * i + 2] * 7471 + 0x8000) >> 16;
  return { width, height, channels: 1, data: grey };
}

/** PIL's rule: the share of light that each ink takes from what black leaves. */
function inksToRgb(data: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((data.length / 4) * 3);
  for (let i = 0, o = 0; i < data.length; i += 4) {
    const left = 255 - data[i + 3];
    for (let c = 0; c < 3; c++) {
      const product = data[i + c] * left + 128;
      rgb[o++] = Math.max(0, left - (((product >> 8) + product) >> 8));
    }
  }
  return rgb;
}

function withoutAlpha(data: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((data.length / 4) * 3);
  for (let i = 0, o = 0; i < data.length; i += 4) {
    rgb[o++] = data[i];
    rgb[o++] = data[i + 1];
    rgb[o++] = data[i + 2];
  }
  return rgb;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0];
}
