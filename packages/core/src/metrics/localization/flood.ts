import type { Mask } from './mask.js';

/** A stack of pixel numbers that grows; a recursion over a slide's mask would run out of the call stack. */
class PixelStack {
  private items = new Int32Array(1024);
  private size = 0;

  push(pixel: number): void {
    if (this.size === this.items.length) {
      const larger = new Int32Array(2 * this.size);
      larger.set(this.items);
      this.items = larger;
    }
    this.items[this.size++] = pixel;
  }

  /** −1 if there is none. */
  pop(): number {
    return this.size === 0 ? -1 : this.items[--this.size]!;
  }
}

/** The mask with its holes set. A hole is a 4-connected part of the background that does not touch the raster's border. */
export function fillHoles({ height, width, data }: Mask): Mask {
  // 1 until the background that reaches the border has been walked.
  const out = new Uint8Array(data.length).fill(1);
  const stack = new PixelStack();
  const visit = (pixel: number): void => {
    if (data[pixel] || !out[pixel]) return;
    out[pixel] = 0;
    stack.push(pixel);
  };
  for (let x = 0; x < width; x++) {
    visit(x);
    visit((height - 1) * width + x);
  }
  for (let y = 0; y < height; y++) {
    visit(y * width);
    visit(y * width + width - 1);
  }
  for (let pixel = stack.pop(); pixel >= 0; pixel = stack.pop()) {
    const x = pixel % width;
    if (x > 0) visit(pixel - 1);
    if (x < width - 1) visit(pixel + 1);
    if (pixel >= width) visit(pixel - width);
    if (pixel < data.length - width) visit(pixel + width);
  }
  return { height, width, data: out };
}

/**
 * The 8-connected components of the set pixels: a label for each pixel, 0 for the background, 1, 2, … in the order in which
 * a reader who goes row by row meets them.
 */
export function components({ height, width, data }: Mask): { readonly labels: Int32Array; readonly count: number } {
  const labels = new Int32Array(data.length);
  const stack = new PixelStack();
  let count = 0;
  for (let first = 0; first < data.length; first++) {
    if (!data[first] || labels[first]) continue;
    labels[first] = ++count;
    for (let pixel = first; pixel >= 0; pixel = stack.pop()) {
      const x = pixel % width;
      const y = (pixel - x) / width;
      const x0 = Math.max(0, x - 1);
      const x1 = Math.min(width - 1, x + 1);
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let next = v * width + x0; next <= v * width + x1; next++) {
          if (!data[next] || labels[next]) continue;
          labels[next] = count;
          stack.push(next);
        }
      }
    }
  }
  return { labels, count };
}
