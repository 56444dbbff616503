/** What is known of images as plain data, so that it can be sent to the worker that decodes them. */

/** One step of the geometry; sizes are [width, height] in pixels. */
export type GeometryStep =
  | { readonly resizeShort: number }
  | { readonly resize: readonly [width: number, height: number] }
  | { readonly crop: readonly [width: number, height: number] };

export type Channels = 'rgb' | 'bgr' | 'gray';

/** From decoded pixels to the values of a sample. */
export interface Preprocessing {
  readonly geometry: readonly GeometryStep[];
  readonly channels: Channels;
  /** By channel, in pixel units: x = (pixel - mean) * scale. */
  readonly mean: readonly number[];
  readonly scale: readonly number[];
  /** [width, height] that every image must have in the end. */
  readonly size: readonly [width: number, height: number];
}

/** Where the bytes of an image are. */
export interface ImagePlace {
  /** Name in diagnostics and results. */
  readonly name: string;
  /** Folder that the file must lie in, and its path from there. */
  readonly root: string;
  readonly file: string;
  /** The part of the file that is the image; absent: the whole file. */
  readonly at?: number;
  readonly length?: number;
}

/** 8-bit pixels, row by row, the channels of a pixel side by side. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}
