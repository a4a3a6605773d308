/** A binary raster, row-major [height, width], 1 where set and 0 elsewhere. */
export interface Mask {
  readonly height: number;
  readonly width: number;
  readonly data: Uint8Array;
}

/** A rectangle of pixels: rows top to bottom − 1, columns left to right − 1. */
export interface PixelBox {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** The smallest rectangle that holds every set pixel; null if none is set. */
export function boxOf({ height, width, data }: Mask): PixelBox | null {
  let [top, left, bottom, right] = [height, width, 0, 0];
  for (let row = 0; row < height; row++) {
    const start = row * width;
    const first = data.indexOf(1, start);
    if (first < 0) break;
    if (first >= start + width) {
      row = Math.floor(first / width) - 1; // to the row of the next set pixel
      continue;
    }
    top = Math.min(top, row);
    bottom = row + 1;
    left = Math.min(left, first - start);
    right = Math.max(right, data.lastIndexOf(1, start + width - 1) - start + 1);
  }
  return bottom === 0 ? null : { top, left, bottom, right };
}

/** The box with `margin` more pixels on every side, as far as the raster goes. */
export function widened(box: PixelBox, margin: number, { height, width }: Mask): PixelBox {
  return {
    top: Math.max(0, box.top - margin),
    left: Math.max(0, box.left - margin),
    bottom: Math.min(height, box.bottom + margin),
    right: Math.min(width, box.right + margin),
  };
}

/** The part of a raster inside a box. */
export function cropped(mask: Mask, { top, left, bottom, right }: PixelBox): Mask {
  const [height, width] = [bottom - top, right - left];
  const data = new Uint8Array(height * width);
  for (let row = 0; row < height; row++) {
    const from = (top + row) * mask.width + left;
    data.set(mask.data.subarray(from, from + width), row * width);
  }
  return { height, width, data };
}
