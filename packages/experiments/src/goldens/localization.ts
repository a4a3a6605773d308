import { basename, join } from 'node:path';
import { metrics } from '@asmil/core';
import { outlinesArea, readAsap, regionArea, ringArea, tileTruth, tumourRegion } from '@asmil/data';
import { z } from 'zod';
import type { CheckContext, Checker } from './checker.js';
import { type Pairs, pairTrees } from './compare.js';
import { type Golden, parseAs } from './schema.js';

const l = metrics.localization;
type Mask = metrics.localization.Mask;
type SlideHits = metrics.localization.SlideHits;

/*
 * Localisation: a file's `kind` says what it holds. Masks are lists of rows of digits, and so are label images, one base-36
 * digit a pixel.
 */

const rows = z
  .array(z.string().regex(/^[0-9a-z]*$/))
  .refine((list) => list.every((row) => row.length === list[0]!.length), 'the rows of a mask differ in length');
const point = z.tuple([z.number(), z.number()]);
const scores = z.array(z.number()).readonly();
const size = { height: z.int().positive(), width: z.int().positive() };
const positive = z.number().positive();
const spacing = z
  .looseObject({ level: z.int(), level0SpacingUm: positive, levelSpacingUm: positive.optional() })
  .transform(({ level, level0SpacingUm, levelSpacingUm }) => levelSpacingUm ?? level0SpacingUm * 2 ** level);

function maskOf(list: readonly string[]): Mask {
  const width = list[0]?.length ?? 0;
  return { height: list.length, width, data: Uint8Array.from(list.join(''), (digit) => Number(digit !== '0')) };
}

function rowsOf({ height, width }: Pick<Mask, 'height' | 'width'>, at: (row: number, col: number) => number): string[] {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => at(y, x).toString(36)).join(''),
  );
}

/** The mask of a tumour slide, which must have the slide's size; null for a normal one. */
function slideMask(slide: { id: string; normal: boolean; height: number; width: number; mask: string[] | null }) {
  if (slide.normal) return null;
  const mask = slide.mask && maskOf(slide.mask);
  if (mask?.height !== slide.height || mask.width !== slide.width)
    throw new Error(
      `malformed: slide ${slide.id} is a tumour slide of ${slide.height} × ${slide.width} pixels, its mask is not`,
    );
  return mask;
}

const slideMaskFields = { id: z.string(), normal: z.boolean(), ...size, mask: rows.nullable() };

const growth = z.looseObject({
  dilationUm: z.number().nonnegative().default(75),
  itcUm: z.number().nonnegative().default(200),
});

function evaluationOptions(config: unknown): metrics.localization.EvaluationOptions {
  const { dilationUm, itcUm } = parseAs(growth, config, 'config');
  return { spacingUm: parseAs(spacing, config, 'config'), toleranceUm: dilationUm, itcUm };
}

const samples = z.looseObject({ distanceSamples: z.array(z.tuple([z.int(), z.int(), z.unknown()])).default([]) });

function evaluationMasks({ config, inputs, outputs }: Golden): Record<string, unknown> {
  const { mask: given } = parseAs(z.looseObject({ mask: rows }), inputs, 'inputs');
  const mask = maskOf(given);
  const found = l.evaluationMask(mask, evaluationOptions(config));
  const squares = l.squaredDistances(mask);
  const distance = (row: number, col: number): number =>
    squares === null ? Number.POSITIVE_INFINITY : Math.sqrt(squares[row * mask.width + col]!);
  return {
    dilationThresholdPx: found.growBelow,
    itcThresholdPx: found.itcBelow,
    distanceSamples: parseAs(samples, outputs, 'outputs').distanceSamples.map(([y, x]) => [y, x, distance(y, x)]),
    labels: rowsOf(mask, (y, x) => l.labelAt(found, y, x)),
    regions: found.lesions,
    itcLabels: itcLabels(found),
    numTumours: found.count,
  };
}

const itcLabels = ({ lesions }: metrics.localization.EvaluationMask): number[] =>
  lesions.filter(({ isItc }) => isItc).map(({ label }) => label);

const frocInput = z.looseObject({
  slides: z.array(
    z.looseObject({
      ...slideMaskFields,
      detections: z.array(z.looseObject({ score: z.number(), x: z.number(), y: z.number() })),
    }),
  ),
});
const frocConfig = z.looseObject({ downsample: positive, targets: z.array(z.number()).min(1).optional() });

function frocs({ config, inputs }: Golden): Record<string, unknown> {
  const { slides } = parseAs(frocInput, inputs, 'inputs');
  const { downsample, targets } = parseAs(frocConfig, config, 'config');
  const options = evaluationOptions(config);
  const masks = slides.map((slide) => {
    const mask = slideMask(slide);
    return mask && l.evaluationMask(mask, options);
  });
  const byRule = l.INDEXINGS.map((indexing) => {
    const hits = slides.map(({ detections }, i) => l.slideHits(detections, masks[i]!, { downsample, indexing }));
    const perSlide = hits.map(({ fp, tp, count, hits }) => ({ fp, tp, count, hits }));
    const results = variants(hits, targets, ({ curve, perTarget, score }) => ({
      curve: { ...curve, numImages: curve.images, numTumours: curve.lesions },
      perTarget,
      score,
    }));
    return [indexing, { perSlide, scores: results }] as const;
  });
  return {
    evaluation: masks.map(
      (mask) =>
        mask && {
          numRegions: mask.lesions.length,
          itcLabels: itcLabels(mask),
          numTumours: mask.count,
          majorAxes: mask.lesions.map(({ majorAxis }) => majorAxis),
        },
    ),
    ...Object.fromEntries(byRule),
  };
}

/** Every variant of FROC by name. */
function variants(
  hits: readonly SlideHits[],
  targets: readonly number[] | undefined,
  shown: (froc: metrics.localization.Froc) => unknown,
): Record<string, unknown> {
  const names = Object.keys(l.FROC_VARIANTS) as metrics.localization.FrocVariant[];
  return Object.fromEntries(names.map((name) => [name, shown(l.froc(hits, name, targets))]));
}

const peaks = z.object({ radius: z.number().nonnegative(), stop: z.number() });
const detectionConfig = z.looseObject({ tile0: positive, step0: positive, threshold: z.number(), nms: z.array(peaks) });
const detectionInput = z.looseObject({ coords: z.array(point), attention: scores });

function detections({ config, inputs }: Golden): Record<string, unknown> {
  const { coords, attention } = parseAs(detectionInput, inputs, 'inputs');
  const { threshold, nms, ...grid } = parseAs(detectionConfig, config, 'config');
  const tiles = { ...grid, coords: coords.flat() };
  const scaled = l.minmax(attention);
  const list = (found: readonly metrics.localization.Detection[]) => found.map(({ score, x, y }) => [score, x, y]);
  return {
    scaled,
    tiles: list(l.tileDetections(scaled, tiles, threshold)),
    nms: nms.map((options) => list(l.peakDetections(scaled, tiles, options))),
    components: list(l.componentDetections(scaled, tiles, threshold)),
  };
}

const diceConfig = z.looseObject({ tile0: positive, downsample: positive, threshold: z.number() });
const diceInput = z.looseObject({
  slides: z.array(z.looseObject({ ...slideMaskFields, coords: z.array(point), attention: scores })),
});

function diceAndSpecificity({ config, inputs }: Golden): Record<string, unknown> {
  const { tile0, threshold, ...canvas } = parseAs(diceConfig, config, 'config');
  const slides = parseAs(diceInput, inputs, 'inputs').slides.map((slide) => {
    const places = { coords: slide.coords.flat(), tile0 };
    const truth = slideMask(slide);
    const scaled = l.minmax(slide.attention);
    const coverage = truth ? l.blockCoverage(truth, places, canvas) : new Float64Array(scaled.length);
    const tileLabels = Uint8Array.from(coverage, (share) => Number(share > 0));
    const predictedTiles = l.marks(scaled, threshold);
    const predicted = l.tileMask(predictedTiles, places, slide, canvas);
    return {
      scaled,
      coverage,
      tileLabels: [...tileLabels],
      predictedTiles: [...predictedTiles],
      predictedMask: rowsOf(predicted, (y, x) => predicted.data[y * predicted.width + x]!),
      dicePixel: truth && l.diceOfMasks(predicted, truth),
      diceTile: truth && l.diceOfTiles(predictedTiles, tileLabels),
      specificity: truth ? null : l.specificity(scaled, threshold),
      confusion: l.confusionOfTiles(predictedTiles, tileLabels),
    };
  });
  return {
    slides,
    meanDicePixel: metrics.meanDefined(slides.map(({ dicePixel }) => dicePixel)),
    meanDiceTile: metrics.meanDefined(slides.map(({ diceTile }) => diceTile)),
    meanSpecificity: metrics.meanDefined(slides.map(({ specificity }) => specificity)),
  };
}

const endConfig = z.looseObject({
  tile0: positive,
  step0: positive.optional(),
  downsample: positive,
  threshold: z.number(),
  nms: peaks,
  indexing: z.enum(l.INDEXINGS),
});
const endInput = z.looseObject({
  slides: z.array(
    z.looseObject({ ...slideMaskFields, coords: z.array(point), tokenAttention: z.array(scores).min(1) }),
  ),
});

function endToEnd({ config, inputs }: Golden): Record<string, unknown> {
  const { tile0, step0 = tile0, downsample, threshold, nms, indexing } = parseAs(endConfig, config, 'config');
  const evaluation = evaluationOptions(config);
  const slides = parseAs(endInput, inputs, 'inputs').slides.map((slide) => {
    const attention = l.meanRows(slide.tokenAttention.flat(), slide.tokenAttention.length, slide.coords.length);
    const scaled = l.minmax(attention);
    const grid = { coords: slide.coords.flat(), tile0, step0 };
    const truth = slideMask(slide);
    const lesions = truth && l.evaluationMask(truth, evaluation);
    const points = {
      tiles: l.tileDetections(scaled, grid, threshold),
      nms: l.peakDetections(scaled, grid, nms),
      components: l.componentDetections(scaled, grid, threshold),
    };
    const hits = (kind: keyof typeof points) => l.slideHits(points[kind], lesions, { downsample, indexing });
    const predicted = truth && l.tileMask(l.marks(scaled, threshold), grid, truth, { downsample });
    return {
      attention,
      scaled,
      hits: { tiles: hits('tiles'), nms: hits('nms'), components: hits('components') },
      dice: truth && l.diceOfMasks(predicted!, truth),
      specificity: truth ? null : l.specificity(scaled, threshold),
      normal: truth === null,
    };
  });
  const [tumour, normal] = [slides.filter((slide) => !slide.normal), slides.filter((slide) => slide.normal)];
  const curves = l.POINTS.map((kind) => {
    const hits = slides.map((slide) => slide.hits[kind]);
    return [
      kind,
      variants(hits, undefined, ({ curve, perTarget, score }) => ({ ...curve, perTarget, score })),
    ] as const;
  });
  return {
    attention: slides.map(({ attention }) => attention),
    scaled: slides.map(({ scaled }) => scaled),
    froc: Object.fromEntries(curves),
    dicePixel: tumour.map(({ dice }) => dice),
    meanDicePixel: metrics.meanDefined(tumour.map(({ dice }) => dice)),
    specificity: normal.map((slide) => slide.specificity),
    meanSpecificity: metrics.meanDefined(normal.map((slide) => slide.specificity)),
  };
}

const tilesOf = z.looseObject({ tiles: z.array(point) });
const annotationConfig = z.looseObject({ tile0: positive, excludedGroups: z.array(z.string()).optional() });

async function annotationTiles(golden: Golden, { folder }: CheckContext): Promise<Record<string, unknown>> {
  const { xmlFile } = parseAs(z.looseObject({ xmlFile: z.string().min(1) }), golden);
  if (basename(xmlFile) !== xmlFile) throw new Error(`malformed: xmlFile: expected the name of a file beside this one`);
  const { tile0, excludedGroups } = parseAs(annotationConfig, golden.config, 'config');
  const { tiles } = parseAs(tilesOf, golden.outputs, 'outputs');
  const annotations = await readAsap(join(folder ?? '.', xmlFile));
  const region = tumourRegion(annotations, { cutOutGroups: excludedGroups });
  const { coverage, labels } = tileTruth(region, { coords: tiles.flat(), tile0 });
  return {
    polygons: annotations.filter(outlinesArea).map(({ name, group, points }) => ({
      name,
      group,
      numPoints: points.length,
      area: Math.abs(ringArea(points)),
      firstPoint: [...points[0]!],
    })),
    tumourArea: regionArea(region),
    coverage,
    centreRule: [...labels.centre],
    anyRule: [...labels.any],
    halfRule: [...labels.half],
    acmilCentre: [...labels.acmilCentre],
  };
}

/** By kind: what is computed, and which outputs of a file repeat its inputs or are notes. */
const KINDS: Readonly<
  Record<
    string,
    {
      readonly compute: (
        golden: Golden,
        context: CheckContext,
      ) => Record<string, unknown> | Promise<Record<string, unknown>>;
      readonly given?: readonly string[];
    }
  >
> = {
  'evaluation-mask': { compute: evaluationMasks },
  froc: { compute: frocs },
  detections: { compute: detections, given: ['format'] },
  'dice-specificity': { compute: diceAndSpecificity },
  'end-to-end': { compute: endToEnd },
  'annotation-tiles': { compute: annotationTiles, given: ['tiles'] },
};

const check: Checker = async (golden, context): Promise<Pairs> => {
  const { kind } = parseAs(z.looseObject({ kind: z.string() }), golden);
  if (!Object.hasOwn(KINDS, kind)) throw new Error(`no implementation of localization files of the kind ${kind}`);
  const { compute, given } = KINDS[kind]!;
  return pairTrees(golden.outputs, await compute(golden, context), given);
};

export const localizationCheckers: Readonly<Record<string, Checker>> = { localization: check };
