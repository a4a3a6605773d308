import { squaredDistances } from './distance.js';
import { components, fillHoles } from './flood.js';
import { boxOf, cropped, type Mask, widened } from './mask.js';
import { type Region, regionsOf } from './regions.js';

/** How lesions are told from a tumour mask. */
export interface EvaluationOptions {
  /** Side of a pixel of the mask, µm: the slide's pixel × 2^level. */
  readonly spacingUm: number;
  /** Lesions closer than this merge, and a hit may lie half of it outside; µm. Default 75. */
  readonly toleranceUm?: number;
  /** Longest isolated tumour cells, µm. Default 200. */
  readonly itcUm?: number;
  /** Counts isolated tumour cells as lesions to be found (a switch of the later evaluation script). Default off. */
  readonly includeItcs?: boolean;
}

/** A lesion of an evaluation mask. */
export interface Lesion extends Region {
  /** Isolated tumour cells: neither found nor missed, and a detection on them is ignored. */
  readonly isItc: boolean;
}

/** The lesions of one slide as the CAMELYON16 evaluation sees them. */
export interface EvaluationMask {
  readonly height: number;
  readonly width: number;
  /** The part of the raster that holds all lesions, with their labels row-major; everywhere else the label is 0. */
  readonly window: {
    readonly top: number;
    readonly left: number;
    readonly height: number;
    readonly width: number;
    readonly labels: Uint16Array | Int32Array;
  };
  /** By label, from 1. */
  readonly lesions: readonly Lesion[];
  /** Lesions that are not isolated tumour cells. */
  readonly count: number;
  /** A pixel belongs to a lesion if it is nearer than this to tumour, pixels. */
  readonly growBelow: number;
  /** A region whose major axis is shorter is isolated tumour cells, pixels. */
  readonly itcBelow: number;
}

/**
 * The evaluation mask of a tumour mask: tumour grown by less than half the tolerance, holes filled, 8-connected regions, and
 * those shorter than 200 + 75 µm set aside as isolated tumour cells (computationalpathologygroup/Camelyon16@546b613,
 * `Evaluation_FROC.py`). Only the surroundings of tumour are computed: nothing else can change.
 */
export function evaluationMask(mask: Mask, options: EvaluationOptions): EvaluationMask {
  const { spacingUm, toleranceUm = 75, itcUm = 200, includeItcs = false } = options;
  if (!(spacingUm > 0)) throw new Error(`evaluation mask: a pixel of ${spacingUm} µm; expected a size above 0`);
  const growBelow = toleranceUm / (2 * spacingUm);
  const itcBelow = (itcUm + toleranceUm) / spacingUm;
  const { height, width } = mask;
  const tumour = boxOf(mask);
  if (tumour === null) {
    const window = { top: 0, left: 0, height: 0, width: 0, labels: new Uint16Array(0) };
    return { height, width, window, lesions: [], count: 0, growBelow, itcBelow };
  }
  // A ring of background around what grows keeps holes apart from what lies outside.
  const box = widened(tumour, Math.ceil(growBelow) + 1, mask);
  const inner = cropped(mask, box);
  const filled = fillHoles(grown(inner, growBelow));
  const { labels, count } = components(filled);
  const lesions = regionsOf(labels, filled.width, count).map((region): Lesion => {
    const [minRow, minCol, maxRow, maxCol] = region.bbox;
    return {
      ...region,
      bbox: [minRow + box.top, minCol + box.left, maxRow + box.top, maxCol + box.left],
      isItc: !includeItcs && region.majorAxis < itcBelow,
    };
  });
  const kept = count < 2 ** 16 ? Uint16Array.from(labels) : labels;
  const window = { top: box.top, left: box.left, height: filled.height, width: filled.width, labels: kept };
  const found = lesions.filter(({ isItc }) => !isItc).length;
  return { height, width, window, lesions, count: found, growBelow, itcBelow };
}

/** The pixels nearer than `below` to a set one; the set ones at least. */
function grown(mask: Mask, below: number): Mask {
  const squares = squaredDistances(mask)!;
  // Compared by its root, as the official code does: the threshold is not a whole number of squared pixels.
  const data = new Uint8Array(squares.length);
  for (let i = 0; i < data.length; i++) data[i] = Number(squares[i] === 0 || Math.sqrt(squares[i]!) < below);
  return { ...mask, data };
}

/** The label at a pixel of the raster; 0 where there is no lesion and outside the raster. */
export function labelAt({ window }: EvaluationMask, row: number, col: number): number {
  const [y, x] = [row - window.top, col - window.left];
  return y >= 0 && x >= 0 && y < window.height && x < window.width ? window.labels[y * window.width + x]! : 0;
}
