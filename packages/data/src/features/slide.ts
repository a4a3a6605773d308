import type { NumberName } from '../files/numbers.js';
import type { Attributes, FileFormat } from './file.js';
import type { FilePlace } from './open-file.js';
import type { Tile } from './tile.js';

/** What happens to NaN and infinity: an error, tiles that have one are left out, or zero takes their place. */
export type NonFinitePolicy = 'error' | 'drop' | 'zero';

/** The files of one slide. */
export interface SlideFiles {
  readonly id: string;
  readonly features: FilePlace;
  /** Where coordinates are, if not beside the features. */
  readonly coords?: FilePlace;
  readonly label?: FilePlace;
  readonly instanceLabels?: FilePlace;
}

/** What is known of a slide before its numbers are read. */
export interface SlideHeader {
  readonly id: string;
  readonly format: FileFormat;
  readonly n: number;
  /** Features a tile D; 0 for an empty slide of unknown width. */
  readonly dim: number;
  readonly type: NumberName;
  readonly coords: boolean;
  readonly instanceLabels: boolean;
  /** The label that stands in the files. */
  readonly label?: number;
  readonly attributes: Attributes;
  readonly tile?: Tile;
}

/** A slide's numbers as its files hold them. */
export interface SlideFeatures extends SlideHeader {
  /** Row-major [N, D]. */
  readonly features: Float32Array;
  /** Row-major [N, 2], x then y, pixels at level 0. */
  readonly positions?: Int32Array;
  /** [N], 1 for tiles that carry the slide's label. */
  readonly tileLabels?: Uint8Array;
  readonly warnings: readonly string[];
}

export interface ReadOptions {
  /** What happens to NaN and infinity. Default `error`. */
  readonly nonFinite?: NonFinitePolicy;
}
