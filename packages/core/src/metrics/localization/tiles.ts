/** Where the tiles of a slide lie: squares on one or several grids, which need not be aligned with each other. */
export interface TilePlaces {
  /** Top left corners, x then y, level-0 pixels, [N, 2]. */
  readonly coords: ArrayLike<number>;
  /** Side of a tile, level-0 pixels. */
  readonly tile0: number;
}

/** The same with the distance of neighbouring tiles: smaller than the side where tiles overlap. */
export interface TileGrid extends TilePlaces {
  readonly step0: number;
}

export function checkTiles(scores: ArrayLike<unknown>, { coords, tile0 }: TilePlaces): void {
  if (coords.length !== 2 * scores.length)
    throw new Error(`tiles: ${coords.length} coordinates for ${scores.length} tiles; expected two a tile`);
  if (!(tile0 > 0)) throw new Error(`tiles: a side of ${tile0} pixels; expected more than 0`);
}

/** Finds tiles by their place: buckets as wide as the reach of a query, so that nine of them hold every neighbour. */
export class TileIndex {
  private readonly buckets = new Map<number, number[]>();
  private readonly size: number;

  /** `reach`: the largest |dx| and |dy|, both inclusive, of what `near` gives. */
  constructor(
    private readonly coords: ArrayLike<number>,
    private readonly reach: number,
    tiles: Iterable<number>,
  ) {
    this.size = Math.max(1, reach);
    for (const tile of tiles) {
      const key = this.key(this.cell(2 * tile), this.cell(2 * tile + 1));
      const bucket = this.buckets.get(key);
      if (bucket) bucket.push(tile);
      else this.buckets.set(key, [tile]);
    }
  }

  /** Calls `visit` with every tile within reach of this one, the tile itself among them. */
  near(tile: number, visit: (other: number) => void): void {
    const { coords, reach } = this;
    const [x, y] = [coords[2 * tile]!, coords[2 * tile + 1]!];
    const [column, row] = [this.cell(2 * tile), this.cell(2 * tile + 1)];
    for (let v = row - 1; v <= row + 1; v++) {
      for (let u = column - 1; u <= column + 1; u++) {
        for (const other of this.buckets.get(this.key(u, v)) ?? []) {
          if (Math.abs(coords[2 * other]! - x) <= reach && Math.abs(coords[2 * other + 1]! - y) <= reach) visit(other);
        }
      }
    }
  }

  private cell(at: number): number {
    return Math.floor(this.coords[at]! / this.size);
  }

  /** One number for a pair of cells; slides have far fewer than 2^24 of them along a side. */
  private key(column: number, row: number): number {
    return (row + 2 ** 23) * 2 ** 25 + column;
  }
}
