import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { encodeSafetensors, type Rng } from '@asmil/core';
import { mat5 } from '../mat5-writer.js';
import { zip } from '../zip.js';
import { checkpointText, npyFile, safetensorsFile } from './array-input.js';
import { chance, mutated, type Seed, seedOf } from './mutate.js';
import { pickleFile } from './pickle-input.js';
import * as read from './reading.js';
import { bagText, labelText, manifestText, splitJsonText, splitText } from './text-input.js';
import { tiffFile, tiffRanges } from './tiff-input.js';
import { asapText } from './xml-input.js';
import { entriesOf, zipInput, zipRanges } from './zip-input.js';

/** A public reading function, and what it is given. */
export interface Reader {
  /** Ending of its files. */
  readonly ending: string;
  /** Files that it reads as they stand, which are changed for it. */
  readonly seeds: readonly Seed[];
  /** A hostile file; the same stream gives the same one. */
  make(rng: Rng): Uint8Array;
  /**
   * Reads a file, and throws for a result of another form than it promises. What it returns are the lines (warnings,
   * problems) that people would see.
   */
  read(path: string): Promise<readonly string[]>;
}

const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));
const file = (name: string): Uint8Array => new Uint8Array(readFileSync(`${FIXTURES}/${name}`));
const files = (folder: string, names: readonly string[]): Uint8Array[] =>
  names.map((name) => file(`${folder}/${name}`));
const WSI = 'wsi-features';

const hdf5 = [
  ...files('hdf5', ['float64.h5', 'version-3-big-endian.h5', 'one-chunk.h5', 'uint8-scaleoffset.h5', 'vector.h5']),
  ...files(`${WSI}/clam`, ['h5_files/s003.h5', 'h5_files/s006.h5', 'patches/s002.h5']),
  file(`${WSI}/trident/20x_256px_0px_overlap/features_resnet18/s001.h5`),
];
const pt = [
  ...files(`${WSI}/pt-variants`, ['zip-dict.pt', 'zip-float16.pt', 'zip-strided.pt', 'legacy-float32.pt']),
  ...files('pytorch', ['zip-protocol4.pth', 'legacy.pth', 'training.pth', 'modules.pth']),
];
const zipped = pt.filter((bytes) => bytes[0] === 0x50);
const npy = files(WSI, ['npy-variants/bigendian.npy', 'npy-variants/fortran.npy', 'npy-variants/version2.npy']);
const npz = [
  ...files(`${WSI}/npz`, ['s001.npz', 's006.npz']),
  new Uint8Array(
    zip({ 'features.npy': npy[1]!, 'label.npy': file(`${WSI}/torchmil/labels/s001.npy`) }, { deflate: true }),
  ),
];
const weights = { features: { shape: [6, 4], data: Float32Array.from({ length: 24 }, (_, k) => k / 8) } };
const safetensors = [encodeSafetensors({ metadata: { label: '1' }, tensors: weights })];
const checkpoint = [
  encodeSafetensors({
    metadata: {
      asmil: JSON.stringify({
        ...{ format: 1, model: { name: 'abmil', version: 1, config: {} }, dims: { input: 4, classes: 2 } },
        ...{ params: [['features', [6, 4]]], trees: {}, meta: {} },
      }),
    },
    tensors: weights,
  }),
];
const slides = files('slides', ['unsupported-jpeg2000.tif', 'generic-pyramid.tif', 'synth-20x.svs']);
const matrix = { rows: 3, columns: 2, values: [1, 2, 3, 4, 5, 6] };
const mat = [mat5({ X: matrix }), mat5({ X: matrix, y: { ...matrix, type: 2 } }, true)];
const asap = [
  '<?xml version="1.0"?><ASAP_Annotations><Annotations><Annotation Name="A" Type="Polygon" PartOfGroup="Tumor"><Coordinates>' +
    '<Coordinate Order="0" X="1" Y="2,5"/><Coordinate Order="1" X="9" Y="2"/><Coordinate Order="2" X="4" Y="8"/>' +
    '</Coordinates></Annotation></Annotations><AnnotationGroups><Group Name="Tumor"/></AnnotationGroups></ASAP_Annotations>',
].map((text) => new Uint8Array(Buffer.from(text)));

const plain = (all: readonly Uint8Array[]): Seed[] => all.map((bytes) => seedOf(bytes));
const zips = (all: readonly Uint8Array[]): Seed[] => all.map((bytes) => seedOf(bytes, zipRanges(bytes)));
const entries = async (all: readonly Uint8Array[]) => Promise.all(all.map(entriesOf));

const ptSeeds = [...zips(zipped), ...plain(pt.filter((bytes) => !zipped.includes(bytes)))];
const [ptEntries, npzEntries] = [await entries(zipped), await entries(npz)];

/** A reader of texts: generated ones, and fixtures with changed bytes. */
const text = (
  ending: string,
  fixtures: readonly Uint8Array[],
  generate: (rng: Rng) => string,
  reading: Reader['read'],
): Reader => {
  const seeds = plain(fixtures);
  const make = (rng: Rng) => (chance(rng, 0.7) ? new Uint8Array(Buffer.from(generate(rng))) : mutated(rng, seeds));
  return { ending, seeds, make, read: reading };
};

const changed = (ending: string, seeds: readonly Seed[], reading: Reader['read']): Reader => ({
  ...{ ending, seeds, read: reading },
  make: (rng) => mutated(rng, seeds),
});

const pickles = (ending: string, reading: Reader['read']): Reader => ({
  ...{ ending, seeds: ptSeeds, read: reading },
  make: (rng) => (chance(rng, 0.5) ? pickleFile(rng) : zipInput(rng, ptSeeds, ptEntries, false)),
});

const csv = (name: string) => file(`${WSI}/csv/${name}`);

export const READERS: Readonly<Record<string, Reader>> = {
  'features-h5': changed('.h5', plain(hdf5), read.slide),
  'groups-h5': changed('.h5', plain([file(`${WSI}/acmil/patch_feats_pretrain_natural_supervised.h5`)]), read.groups),
  'features-pt': pickles('.pt', read.slide),
  'weights-pth': pickles('.pth', read.weights),
  'features-npy': {
    ...changed('.npy', plain(npy), read.slide),
    make: (rng) => (chance(rng, 0.5) ? npyFile(rng) : mutated(rng, plain(npy))),
  },
  'features-npz': {
    ...changed('.npz', zips(npz), read.slide),
    make: (rng) => zipInput(rng, zips(npz), npzEntries, chance(rng, 0.5)),
  },
  'features-safetensors': {
    ...changed('.safetensors', plain(safetensors), read.slide),
    make: (rng) => (chance(rng, 0.6) ? safetensorsFile(rng) : mutated(rng, plain(safetensors))),
  },
  checkpoint: {
    ...changed('.safetensors', plain(checkpoint), read.checkpoint),
    make: (rng) =>
      chance(rng, 0.6) ? safetensorsFile(rng, (names) => checkpointText(rng, names)) : mutated(rng, plain(checkpoint)),
  },
  'features-csv': text('.csv', [file(`${WSI}/dsmil/toy/1/s002.csv`)], bagText, read.slide),
  'labels-csv': text(
    '.csv',
    [csv('dataset.csv'), csv('dataset-acmil.csv'), csv('dataset-crlf-bom.csv')],
    labelText,
    read.labels,
  ),
  'splits-csv': text(
    '.csv',
    [csv('splits_0.csv'), csv('splits_0_bool.csv'), csv('splits_0_camil.csv')],
    splitText,
    read.splits,
  ),
  'splits-json': text('.json', [file(`${WSI}/acmil/split_1.json`)], splitJsonText, read.splits),
  'cohort-json': text('.json', [Buffer.from('{"format": 1, "classes": ["a", "b"]}')], manifestText, read.manifest),
  'asap-xml': text('.xml', asap, asapText, read.annotations),
  'slide-tiff': {
    ...changed(
      '.tif',
      slides.map((bytes) => seedOf(bytes, tiffRanges(bytes))),
      read.tiff,
    ),
    make(rng) {
      return chance(rng, 0.6) ? tiffFile(rng) : mutated(rng, this.seeds);
    },
  },
  'matlab-mat': changed('.mat', plain(mat), read.matlab),
};

/** What an input is called: its number stands in what is said of it. */
export const fileName = (reader: string, index: number | string): string => `input-${index}${READERS[reader]!.ending}`;
