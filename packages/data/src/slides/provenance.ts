import type { TissueOptions } from './tissue/presets.js';

/** What decides a slide's features, apart from the slide. */
export interface PreprocessSettings {
  readonly tile: {
    /** Side of a tile in pixels, at `magnification`. */
    readonly pixels: number;
    readonly magnification: number;
  };
  readonly tissue: TissueOptions;
  readonly encoder: {
    /** SHA-256 of the ONNX file. */
    readonly sha256: string;
    readonly output: string;
    /** Side of the picture that goes in. */
    readonly size: number;
    readonly mean: readonly number[];
    readonly std: readonly number[];
  };
}

/** How the features of a slide were made: the attribute `provenance` of their file, as JSON. */
export interface Provenance {
  readonly format: 1;
  readonly settings: PreprocessSettings;
  readonly slide: {
    readonly file: string;
    readonly bytes: number;
    /** Size of level 0. */
    readonly size: readonly [number, number];
    readonly magnification: number;
    /** What told the magnification. */
    readonly magnificationFrom: string;
    /** Micrometres a pixel of level 0, where they are known. */
    readonly mpp?: number;
  };
  readonly encoder: { readonly file: string; readonly features: number };
  readonly found: {
    /** Saturation above which a pixel was tissue. */
    readonly threshold: number;
    readonly pieces: number;
    readonly tiles: number;
    /** Side of a tile at level 0, and the downsampling of the level that it was read from. */
    readonly side: number;
    readonly readAt: number;
  };
}

/** As JSON in plain ASCII, which every reader of HDF5 attributes takes. */
export const provenanceText = (provenance: Provenance): string =>
  JSON.stringify(provenance).replaceAll(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** What decides the features. */
type Deciding = {
  readonly settings: PreprocessSettings;
  readonly slide: Pick<Provenance['slide'], 'bytes' | 'magnification'>;
};

/**
 * Names of the settings in which stored features differ from those that would be made now, `slide.bytes` and
 * `slide.magnification` among them; undefined for a text that is no provenance of this form.
 */
export function differences(text: unknown, now: Deciding): string[] | undefined {
  try {
    const stored = JSON.parse(String(text)) as Provenance;
    if (stored.format !== 1) return undefined;
    const deciding = ({ settings, slide: { bytes, magnification } }: Deciding): Map<string, string> =>
      new Map(flat({ ...settings, slide: { bytes, magnification } }));
    const [before, after] = [deciding(stored), deciding(now)];
    return [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key));
  } catch {
    return undefined;
  }
}

/** Values by the path of their names. */
function flat(value: object, path = ''): [string, string][] {
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? flat(item, `${path}${key}.`)
      : [[`${path}${key}`, JSON.stringify(item)] as [string, string]],
  );
}
