/** Image files to values: decoding as PIL does it, and every refusal. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { imageHeader } from '../../../src/data/images/header.js';
import { imagePixels, readImage } from '../../../src/data/images/read.js';
import type { Channels, Preprocessing } from '../../../src/data/images/types.js';
import { jpeg, picture, png } from './files.js';

const folder = mkdtempSync(join(tmpdir(), 'trestle-images-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const [W, H] = [20, 13];
const whole = (channels: Channels = 'rgb', size: readonly [number, number] = [W, H]): Preprocessing => ({
  geometry: [], channels, mean: [0, 0, 0].slice(0, channels === 'gray' ? 1 : 3), scale: [1, 1, 1].slice(0, channels === 'gray' ? 1 : 3), size,
});

let files = 0;
function put(bytes: Uint8Array): { name: string; root: string; file: string } {
  const file = `image${files++}`;
  writeFileSync(join(folder, file), bytes);
  return { name: file, root: folder, file };
}

async function pixelsOf(bytes: Uint8Array, channels: Channels = 'rgb'): Promise<number[]> {
  return [...(await imagePixels(put(bytes), whole(channels))).data];
}

describe('decoding', () => {
  const rgb = picture(W, H, 3);
  const grey = picture(W, H, 1);

  it('gives the pixels of a PNG, alpha left out, grey three times', async () => {
    expect(await pixelsOf(await png(rgb, W, H, 3))).toEqual([...rgb]);
    const four = picture(W, H, 4);
    expect(await pixelsOf(await png(four, W, H, 4))).toEqual([...four].filter((_, i) => i % 4 !== 3));
    expect(await pixelsOf(await png(grey, W, H, 1))).toEqual([...grey].flatMap((v) => [v, v, v]));
    expect(await pixelsOf(await png(grey, W, H, 1), 'gray')).toEqual([...grey]);
  });

  it('reads palettes', async () => {
    const flat = Uint8Array.from({ length: W * H * 3 }, (_, i) => (Math.floor(i / 3) % 4) * 60 + (i % 3));
    const bytes = await sharp(flat, { raw: { width: W, height: H, channels: 3 } }).png({ palette: true, colours: 4, dither: 0 }).toBuffer();
    expect(bytes[25]).toBe(3);
    expect(await pixelsOf(bytes)).toEqual([...await sharp(bytes).removeAlpha().raw().toBuffer()]);
  });

  it('reads a JPEG of any number of channels, and does not turn it as EXIF says', async () => {
    const upright = await pixelsOf(await jpeg(rgb, W, H, 3));
    expect(Math.max(...upright.map((v, i) => Math.abs(v - rgb[i]!)))).toBeLessThan(60);
    const turned = await sharp(rgb, { raw: { width: W, height: H, channels: 3 } }).jpeg({ quality: 90 }).withMetadata({ orientation: 6 }).toBuffer();
    expect(await pixelsOf(turned)).toEqual(upright);
    const one = await jpeg(grey, W, H, 1);
    expect((await pixelsOf(one)).filter((_, i) => i % 3 === 0)).toEqual(await pixelsOf(one, 'gray'));
  });

  it('mixes the inks of a CMYK JPEG as PIL does', async () => {
    const inks = Uint8Array.from({ length: 16 * 16 * 4 }, (_, i) => [40, 90, 200, 30][i % 4]!);
    const bytes = await sharp(inks, { raw: { width: 16, height: 16, channels: 4 } }).pipelineColourspace('cmyk').toColourspace('cmyk')
      .jpeg({ quality: 100 }).toBuffer();
    const header = imageHeader(bytes, 'x');
    const { data } = await imagePixels(put(bytes), whole('rgb', [header.width, header.height]));
    const raw = await sharp(bytes, { ignoreIcc: true }).pipelineColourspace('cmyk').toColourspace('cmyk').raw().toBuffer();
    const left = 255 - raw[3]!;
    const mixed = [0, 1, 2].map((c) => left - Math.round((raw[c]! * left) / 255));
    expect(header.components).toBe(4);
    expect([...data.subarray(0, 3)]).toEqual(mixed);
  });

  it('applies mean and scale by channel, in the order of the card', async () => {
    const into = new Float32Array(3 * W * H + 1);
    await readImage(put(await png(rgb, W, H, 3)), { ...whole('bgr'), mean: [1, 2, 3], scale: [1, 0.5, 0.25] }, into, 1);
    const expected = [2, 1, 0].flatMap((from, c) => Array.from({ length: W * H }, (_, i) => (rgb[3 * i + from]! - [1, 2, 3][c]!) * [1, 0.5, 0.25][c]!));
    expect([...into]).toEqual([0, ...expected]);
  });

  it('reads a part of a file', async () => {
    const bytes = await png(rgb, W, H, 3);
    const place = put(Buffer.concat([Buffer.alloc(100, 7), bytes, Buffer.alloc(50)]));
    expect([...(await imagePixels({ ...place, at: 100, length: bytes.length }, whole())).data]).toEqual([...rgb]);
    await expect(imagePixels({ ...place, at: 100, length: bytes.length + 51 }, whole())).rejects.toThrow(/T303 .*of a file of/);
  });
});

describe('images that are refused', () => {
  const rgb = picture(W, H, 3);
  const frame = (width: number, height: number, bits = 8, channels = 3): Uint8Array => (
    Uint8Array.of(0xff, 0xd8, 0xff, 0xc0, 0, 17, bits, height >> 8, height & 255, width >> 8, width & 255, channels, ...Array<number>(12).fill(0)));

  it.each([
    ['neither JPEG nor PNG', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'this is neither a JPEG nor a PNG'],
    ['no bytes', () => new Uint8Array(0), 'this is neither a JPEG nor a PNG'],
    ['a JPEG cut off', async () => (await jpeg(rgb, W, H, 3)).slice(0, -20), 'the image cannot be decoded: '],
    ['a JPEG without its last marker', async () => (await jpeg(rgb, W, H, 3)).slice(0, -2), 'the image cannot be decoded: '],
    ['a PNG cut off', async () => (await png(rgb, W, H, 3)).slice(0, 120), 'the image cannot be decoded: '],
    ['a JPEG that ends in its header', async () => (await jpeg(rgb, W, H, 3)).slice(0, 40), 'before it states its size'],
    ['a PNG that ends in its header', async () => (await png(rgb, W, H, 3)).slice(0, 30), 'the image ends in its header'],
    ['a bomb', () => frame(65000, 65000), 'the image has 65000 x 65000 pixels (limit: 67108864 pixels)'],
    ['no pixels', () => frame(0, 5), 'the image has 0 x 5 pixels'],
    ['12 bits', () => frame(4, 4, 12), 'a JPEG of 12 bits'],
    ['two channels', () => frame(4, 4, 8, 2), 'a JPEG of 2 channels'],
    ['another size', () => png(picture(W, 12, 3), W, 12, 3), 'the image has 20 x 12 pixels (limit: 20 x 13'],
    ['16 bits', () => sharp(rgb, { raw: { width: W, height: H, channels: 3 } }).toColourspace('rgb16').png().toBuffer(), 'a PNG of 16 bits'],
  ])('%s', async (_, make, message) => {
    await expect(imagePixels(put(await make()), whole())).rejects.toThrow(message);
  });

  it('files that are missing, or outside the root by path or link', async () => {
    const inner = join(folder, 'inner');
    mkdirSync(inner);
    const { file } = put(await png(rgb, W, H, 3));
    symlinkSync(join(folder, file), join(inner, 'link'));
    const at = (name: string): Promise<unknown> => imagePixels({ name, root: inner, file: name }, whole());
    await expect(at('none')).rejects.toThrow(/T303 .*there is no such file/);
    await expect(at(`../${file}`)).rejects.toThrow(/T303 .*outside the root/);
    await expect(at('link')).rejects.toThrow(/T303 .*outside the root/);
    await expect(at(join(folder, file))).rejects.toThrow(/T303 .*outside the root/);
  });
});
