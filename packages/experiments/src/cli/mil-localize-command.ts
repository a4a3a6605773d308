import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type EngineChoice, metrics, UserError, useEngine } from '@asmil/core';
import { type Command, Option } from 'commander';
import { PARTS, type Part } from '../mil/evaluate.js';
import { findDrawings } from '../mil/localize/drawn.js';
import { localizeCheckpoint } from '../mil/localize/localize.js';
import { localizedText, writeLocalized } from '../mil/localize/text.js';
import { chooseFolds, openSource, type SourceFlags, sourceFolder, unusableOf } from '../mil/source.js';
import { positive, wholeNumber } from './arguments.js';
import type { Kit } from './mil-kit.js';
import { sourceOptions, splitOptions } from './mil-options.js';

interface LocalizeFlags extends SourceFlags {
  readonly engine: EngineChoice;
  readonly splitSeed: number;
  readonly fold?: string;
  readonly part: Part;
  readonly annotations?: string;
  readonly maskValue?: number;
  readonly mpp?: number;
  readonly level?: number;
  readonly scale: metrics.localization.Scale;
  readonly out?: string;
  readonly json?: boolean;
}

const SCALES = metrics.localization.SCALES.filter((name) => name !== 'probability');

/** `mil localize`. */
export function addLocalizeCommand(program: Command, { common, print, streams }: Kit): void {
  const command = common(
    program.command('localize').description('holds attention against lesions: Dice, specificity, FROC'),
  ).argument('<checkpoint>', 'a safetensors file of `mil train` or `mil import`');
  splitOptions(sourceOptions(command))
    .addOption(new Option('--part <part>', 'which slides of the fold').choices([...PARTS]).default('test'))
    .option(
      '--annotations <dir>',
      'a folder’s lesions: ASAP SLIDE.xml, or masks SLIDE.png or .npy (default: annotations/ in it)',
    )
    .option('--mask-value <n>', 'value of tumour in masks (default: 255)', wholeNumber('--mask-value', 1))
    .option('--mpp <um>', 'µm along a pixel of level 0', positive('--mpp'))
    .option(
      '--level <n>',
      'level of the raster, 5 is 1 / 32; that of the masks (default: 5)',
      wholeNumber('--level', 0),
    )
    .addOption(new Option('--scale <scale>', 'how attention becomes scores').choices(SCALES).default('minmax'))
    .option('--out <dir>', 'folder of the tables (default: localization/<data>)')
    .action(async (checkpoint: string, flags: LocalizeFlags) => {
      const { json, part, scale, mpp, level, maskValue } = flags;
      const unusable = unusableOf(flags, streams.err);
      const dir = flags.annotations ?? besideFeatures(flags);
      const drawings = dir === undefined ? undefined : await findDrawings(dir, maskValue);
      const cohort = await openSource(flags, streams.err, unusable);
      const folds = chooseFolds(cohort, flags.splitSeed, flags.fold);
      if (folds.length > 1) throw new UserError('--fold all: a checkpoint was trained on one fold; name that one', 2);
      await useEngine(flags.engine);
      const request = { checkpoint, fold: folds[0]!, part, scale, drawings, mpp, level };
      const result = await localizeCheckpoint(cohort, request, unusable, streams.err);
      const written = await writeLocalized(flags.out ?? join('localization', cohort.name), result);
      print(
        { ...result, written, leftOut: unusable.lines },
        () => [cohort.title, localizedText(result), '', ...written].join('\n'),
        json,
      );
      unusable.finish();
    });
}

/** Where `data export` puts annotations. */
function besideFeatures(flags: SourceFlags): string | undefined {
  const folder = sourceFolder(flags);
  const usual = folder && join(folder.path, 'annotations');
  return usual !== undefined && existsSync(usual) ? usual : undefined;
}
