import type { NonFinitePolicy, SlideFeatures } from '../features/slide.js';
import type { Polygon } from '../slide-cohort.js';
import type { ClassOptions } from '../tables/classes.js';
import type { Columns } from '../tables/labels.js';

/** How a folder of features is read. Everything that a command can say; the folder itself is apart. */
export interface FolderOptions extends ClassOptions {
  /**
   * A label table, or the name of a public cohort (`camelyon16`, `camelyon17`, `bracs`). Default: `dataset.csv` or
   * `labels.csv` in the folder, a DSMIL index, or the labels that stand in the feature files.
   */
  readonly labels?: string;
  /**
   * A split file, a folder of them, or the name of a public cohort. Default: the folder `splits`, the column `split_info` of
   * the label table, the splits of a public cohort whose labels are taken, or else five-fold cross-validation by patient.
   */
  readonly splits?: string;
  /** Columns of the label table where they have other names than usual. `patient: ''`: every slide stands alone. */
  readonly columns?: Columns;
  /** The sub-folder of the features, where there are several. */
  readonly features?: string;
  /** Side of a tile in pixels of level 0, where the files do not say. */
  readonly tile?: number;
  /** What happens to NaN and infinity. Default: an error. */
  readonly nonFinite?: NonFinitePolicy;
  /**
   * What happens to a slide that cannot be used. `error` (default): opening fails. `skip`: one whose files cannot be read is
   * left out with a warning. `keep`: it stays in the list and loading it fails; one without a sound label goes to `problems`.
   */
  readonly onBadSlide?: 'error' | 'skip' | 'keep';
}

/** A folder and how it is read: all that another process needs to open the same cohort. */
export interface FolderSource {
  readonly path: string;
  readonly options: FolderOptions;
}

/** Where a slide's tiles lie: tile unit u stands for pixel origin + u · side of level 0. */
export interface Frame {
  readonly origin: readonly [number, number];
  readonly side: number;
}

/** What is drawn on a slide. */
export interface SlideAnnotation {
  /** Lesions as polygons in pixels of level 0. */
  readonly outlines: readonly Polygon[];
  /** [N], 1 for tiles that carry the slide's label, where the features' files have none. */
  readonly tileLabels?: Uint8Array;
}

/** What is drawn on the slides of a folder, from files of any kind: given to `openFolder` by who knows them. */
export interface Annotations {
  /** Hash of their content: part of the cohort's fingerprint. */
  readonly fingerprint: string;
  /** Undefined: the slide has none. The slide is not given where outlines alone are wanted. */
  of(id: string, slide?: Pick<SlideFeatures, 'n' | 'positions' | 'tile'>): Promise<SlideAnnotation | undefined>;
}
