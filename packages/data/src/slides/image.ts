/** A picture of one byte a pixel, row-major [H, W]. */
export interface Grey {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A picture of three bytes a pixel, row-major [H, W, 3]: red, green, blue. */
export interface Rgb {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}
