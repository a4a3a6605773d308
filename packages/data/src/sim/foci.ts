import type { Rng } from '@asmil/core';
import type { SimName } from './cohort-shape.js';
import { drawDiameter, type FocusKind, METASTASIS_SIZES, type SizeRange } from './lesions.js';

/** A focus to be placed: what and how wide (longest diameter, mm). */
export interface PlannedFocus {
  readonly kind: FocusKind;
  readonly mm: number;
}

/** Longest diameters in BRACS-like slides, mm. */
const BRACS_SIZES: Readonly<Record<'benign' | 'atypical' | 'malignant', SizeRange>> = {
  benign: { min: 0.5, max: 5 },
  atypical: { min: 0.6, max: 4 },
  malignant: { min: 1, max: 10 },
};

const some = (rng: Rng, min: number, max: number): number => min + rng.int(max - min + 1);
const many = (rng: Rng, count: number, kind: FocusKind, range: SizeRange): PlannedFocus[] =>
  Array.from({ length: count }, () => ({ kind, mm: drawDiameter(rng, range) }));

/** The metastases of a slide whose largest one is of class `size` (0 ITC, 1 micro, 2 macro), with smaller ones beside it. */
function metastases(rng: Rng, size: number, kind: FocusKind): PlannedFocus[] {
  const largest = many(rng, size === 0 ? some(rng, 1, 3) : 1, kind, METASTASIS_SIZES[size]!);
  if (size === 0) return largest;
  const satellites = Array.from({ length: rng.int(3) }, () => {
    const range = METASTASIS_SIZES[rng.int(size)]!;
    return { kind, mm: drawDiameter(rng, range) };
  });
  return [...largest, ...satellites];
}

/**
 * CAMELYON-like: mimics (reactive follicles, histiocytes) on every slide. A slide without metastases mostly has further
 * mimics of the sizes that metastases have, so that the mere amount of such tissue says little about the label.
 */
function lymphNode(rng: Rng, size: number | undefined): PlannedFocus[] {
  const mimics = many(rng, rng.int(3), 'mimic', { min: 0.2, max: 3 });
  if (size !== undefined) return [...mimics, ...metastases(rng, size, 'metastasis')];
  if (rng.next() < 0.3) return mimics;
  return [...mimics, ...metastases(rng, rng.int(3), 'mimic')];
}

/** BRACS-like: benign lesions are the mimics; half of the malignant slides also hold atypical foci. */
function breast(rng: Rng, label: number): PlannedFocus[] {
  const { benign, atypical, malignant } = BRACS_SIZES;
  const out = many(rng, rng.int(3), 'mimic', benign);
  if (label === 0) {
    // As in `lymphNode`: foci of the sizes that lesions have.
    return [...out, ...many(rng, some(rng, 1, 3), 'mimic', rng.next() < 0.5 ? atypical : malignant)];
  }
  if (label === 1) return [...out, ...many(rng, some(rng, 1, 3), 'atypical', atypical)];
  const beside = rng.next() < 0.5 ? many(rng, some(rng, 1, 2), 'atypical', atypical) : [];
  return [...out, ...beside, ...many(rng, some(rng, 1, 3), 'malignant', malignant)];
}

/** What stands on a slide, in drawing order: the foci that carry the label come last and are never covered. */
export function planFoci(name: SimName, label: number, rng: Rng): PlannedFocus[] {
  if (name === 'bracs-sim') return breast(rng, label);
  if (label === 0) return lymphNode(rng, undefined);
  // CAMELYON-16: about half of the tumour slides have a macro-metastasis. CAMELYON-17: the label is the largest class.
  return lymphNode(rng, name === 'camelyon16-sim' ? 1 + rng.int(2) : label - 1);
}

/** Whether foci of this kind carry the label of a slide: atypical foci beside a malignant lesion do not. */
export function carriesLabel(name: SimName, kind: FocusKind, label: number): boolean {
  if (kind === 'mimic') return false;
  return name !== 'bracs-sim' || (kind === 'atypical' ? label === 1 : label === 2);
}
