/** How far a slide was magnified when it was scanned, 40 for a side of about 0.25 µm a pixel. */
export interface Magnification {
  readonly value: number;
  /** What says so. */
  readonly from: 'AppMag' | 'MPP' | 'resolution' | 'option';
  /** Micrometres a pixel, where they are known. */
  readonly mpp?: number;
}

/** Least magnification whose pixels are smaller than so many micrometres. Source: mahmoodlab/TRIDENT@a91fa84 (`WSI.py`). */
const TABLE: readonly (readonly [mpp: number, magnification: number])[] = [
  [0.16, 80],
  [0.2, 60],
  [0.3, 40],
  [0.6, 20],
  [1.2, 10],
  [2.4, 5],
];

/** The entries `key = value` of the description that Aperio's scanners write, after its first line. */
export function aperioProperties(description: string): ReadonlyMap<string, string> {
  const entries = description.split('|').slice(1);
  return new Map(
    entries.flatMap((entry) => {
      const [, key, value] = /^\s*([^=]+?)\s*=\s*(.*?)\s*$/s.exec(entry) ?? [];
      return key === undefined ? [] : [[key, value!] as const];
    }),
  );
}

/** From `AppMag`, else from the size of a pixel: `MPP`, else the file's resolution in pixels a centimetre. */
export function magnificationOf(
  properties: ReadonlyMap<string, string>,
  density: number | undefined,
): Magnification | undefined {
  const number = (key: string): number | undefined => {
    const value = Number(properties.get(key));
    return value > 0 && Number.isFinite(value) ? value : undefined;
  };
  const [appMag, stated] = [number('AppMag'), number('MPP')];
  const mpp = stated ?? (density === undefined ? undefined : 10_000 / density);
  if (appMag !== undefined) return { value: appMag, from: 'AppMag', ...(mpp === undefined ? {} : { mpp }) };
  const value = TABLE.find(([limit]) => mpp! < limit)?.[1];
  if (mpp === undefined || value === undefined) return undefined;
  return { value, from: stated === undefined ? 'resolution' : 'MPP', mpp };
}
