/** Resizing against what Pillow 12.3 gives for the same pixels. */
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { toGrey } from '../../../src/data/images/decode.js';
import { applyGeometry, sizeAfter } from '../../../src/data/images/geometry.js';
import { resize } from '../../../src/data/images/resample.js';
import type { GeometryStep, Pixels } from '../../../src/data/images/types.js';
import { TrestleError } from '../../../src/diagnostics.js';

function pixels(width: number, height: number, channels = 3): Pixels {
  return { width, height, channels, data: Uint8Array.from({ length: width * height * channels }, (_, i) => (i * i * 7 + i * 13) % 251) };
}

describe('resizing', () => {
  // Image.fromarray(x).resize((w, h), Image.BILINEAR): CRC-32 of the bytes, and the first ones.
  it.each([
    [7, 5, 3, 2, 1925872504, '6d897977587a5a745f9d9567'], [7, 5, 13, 9, 3468545701, '0014361f406f568ed35daba7'],
    [5, 9, 5, 4, 71774073, '26848492429f478d847b8d6e'], [9, 4, 3, 4, 3560545412, '517a92847d84768b8f713d95'],
    [64, 3, 2, 7, 783109957, '7a756d8b7b7a79736e887a7b'], [1, 1, 3, 3, 3124630753, '001436001436001436001436'],
    [300, 2, 1, 2, 1124017147, '787878787877'],
  ])('from %i x %i to %i x %i gives the bytes of PIL', (width, height, w, h, sum, start) => {
    const result = resize(pixels(width, height), w, h);
    expect([result.width, result.height, Buffer.from(result.data.subarray(0, 12)).toString('hex'), crc32(result.data)]).toEqual([w, h, start, sum]);
  });

  it('leaves an image of the same size as it is', () => {
    const image = pixels(5, 4);
    expect(resize(image, 5, 4).data).toEqual(image.data);
  });

  it('stays white on white, however much it shrinks', () => {
    const white = { width: 5000, height: 3, channels: 1, data: new Uint8Array(15000).fill(255) };
    expect([...resize(white, 7, 2).data]).toEqual(Array<number>(14).fill(255));
  });
});

it('grey is the luma of PIL', () => {
  expect(Buffer.from(toGrey(pixels(6, 4)).data).toString('hex')).toBe('129a897f6ead569688807322168798788a1f32a7bb9db34b');
});

describe('geometry', () => {
  const size = (image: Pixels, ...steps: GeometryStep[]): number[] => {
    const { width, height } = applyGeometry(image, steps, 'x');
    expect(sizeAfter(steps, [image.width, image.height])).toEqual([width, height]);
    return [width, height];
  };

  it('makes the shorter side as long as it says, and rounds the longer one down', () => {
    expect(size(pixels(7, 5), { resizeShort: 3 })).toEqual([4, 3]);
    expect(size(pixels(5, 7), { resizeShort: 3 })).toEqual([3, 4]);
    expect(size(pixels(5, 5), { resizeShort: 8 })).toEqual([8, 8]);
  });

  it('cuts out the centre, left and above where there is none', () => {
    const image = pixels(6, 5, 1);
    const cut = applyGeometry(image, [{ crop: [3, 2] }], 'x');
    expect([...cut.data]).toEqual([...image.data.subarray(7, 10), ...image.data.subarray(13, 16)]);
  });

  it('takes the steps in their order', () => {
    expect(size(pixels(40, 20), { resizeShort: 10 }, { crop: [8, 9] }, { resize: [3, 6] })).toEqual([3, 6]);
    expect(size(pixels(40, 20), { crop: [8, 9] }, { resizeShort: 4 })).toEqual([4, 4]);
  });

  it('knows the size before there is an image where the steps give it', () => {
    expect(sizeAfter([{ crop: [8, 6] }, { resizeShort: 3 }], null)).toEqual([4, 3]);
    expect(sizeAfter([{ resizeShort: 3 }], null)).toBeNull();
    expect(sizeAfter([], null)).toBeNull();
  });

  it('refuses to cut out more than there is, and to grow without bounds', () => {
    expect(() => size(pixels(6, 5), { crop: [6, 6] })).toThrow(/T303 x: the image has 6 x 5 pixels \(limit: at least 6 x 6/);
    expect(() => size(pixels(60, 1), { resizeShort: 3000 })).toThrow(TrestleError);
  });
});
