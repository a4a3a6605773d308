import { Predictor } from '@asmil/baselines';
import { type EngineChoice, UserError, useEngine, writeFileWhole } from '@asmil/core';
import { type Command, Option } from 'commander';
import { type HeatScale, SCALES } from '../mil/heatmap/heat.js';
import { readThumbnail } from '../mil/heatmap/thumbnail.js';
import { writeHeatmap } from '../mil/heatmap/write.js';
import { predictSlides } from '../mil/predict.js';
import { cohortSlide, type NamedSlide } from '../mil/slides.js';
import { openSource, type SourceFlags } from '../mil/source.js';
import { predictionsCsv } from '../mil/table.js';
import type { Kit } from './mil-kit.js';
import { sourceOptions } from './mil-options.js';

interface SlideFlags extends SourceFlags {
  readonly engine: EngineChoice;
  readonly strict?: boolean;
  readonly json?: boolean;
}

interface HeatFlags extends SlideFlags {
  readonly out: string;
  readonly scale: HeatScale;
  readonly thumbnail?: string;
  readonly downsample?: number;
  readonly geojson?: boolean;
}

/** `mil predict` and `mil heatmap`. */
export function addSlideCommands(program: Command, { common, print, streams }: Kit): void {
  const slides = (command: Command): Command =>
    sourceOptions(command)
      .argument('<checkpoint>', 'a safetensors file of `mil train` or `mil import`')
      .argument('<slides...>', 'names of slides of --data')
      .option('--strict', 'stop at the first slide that cannot be used');

  /** Opens slides by name. */
  const opener = async (flags: SlideFlags): Promise<(name: string) => Promise<NamedSlide>> => {
    const cohort = await openSource(flags, streams.err);
    return (name) => cohortSlide(cohort, name);
  };
  const told = (failed: readonly string[]): void => {
    if (failed.length > 0) throw new UserError(`${failed.length} of the slides could not be used (named above)`);
  };

  slides(common(program.command('predict').description('predicts slides: CSV, or JSON with --json')))
    .option('--out <file>', 'CSV file, instead of the screen')
    .action(async (path: string, names: string[], flags: SlideFlags & { out?: string }) => {
      const open = await opener(flags);
      await useEngine(flags.engine);
      const predictor = await Predictor.load(path);
      const { classes } = predictor;
      const options = { strict: flags.strict ?? false, failed: streams.err };
      const { slides: rows, failed } = await predictSlides(predictor, names, open, options);
      const csv = predictionsCsv(rows, classes);
      if (flags.out !== undefined) await writeFileWhole(flags.out, csv);
      const json = rows.map(({ slide, label, probabilities }) => ({
        slide,
        predicted: classes[label]!,
        probabilities: Object.fromEntries(classes.map((name, c) => [name, probabilities[c]!])),
      }));
      print(json, () => (flags.out === undefined ? csv.trimEnd() : `${flags.out}: ${rows.length} slides`), flags.json);
      told(failed);
    });

  slides(
    common(program.command('heatmap').description('draws attention on slides: PNG, interactive HTML, CSV, GeoJSON')),
  )
    .option('--out <dir>', 'folder of the files', 'heatmaps')
    .addOption(new Option('--scale <scale>', 'how attention becomes colour').choices([...SCALES]).default('percentile'))
    .option('--thumbnail <image>', 'PNG or JPEG of the whole slide, to draw on')
    .option('--downsample <n>', 'level-0 pixels a pixel of the thumbnail', Number)
    .option('--geojson', 'also the tiles as GeoJSON, for QuPath')
    .action(async (path: string, names: string[], flags: HeatFlags) => {
      const { thumbnail: image, downsample, geojson = false, scale, out } = flags;
      if (image !== undefined && !(downsample! > 0)) {
        throw new UserError('--thumbnail needs --downsample N: how many level-0 pixels a pixel of it stands for', 2);
      }
      if (image !== undefined && names.length > 1)
        throw new UserError('--thumbnail is of one slide: name one slide', 2);
      const thumbnail = image === undefined ? undefined : await readThumbnail(image, downsample!);
      const open = await opener(flags);
      await useEngine(flags.engine);
      const predictor = await Predictor.load(path);
      const { classes, model } = predictor;
      const written: string[] = [];
      const each = async (slide: NamedSlide, said: ReturnType<Predictor['predict']>): Promise<void> => {
        if (!said.attention) throw new UserError(`${model.name} has no attention, so there is no map to draw`, 2);
        const { id, side, unit, coords } = slide;
        const files = await writeHeatmap({
          slide: { id, places: coords ?? [], side, unit, attention: said.attention },
          ...{ model: model.name, classes, probabilities: said.probabilities, scale, geojson, out },
          ...(thumbnail ? { thumbnail } : {}),
        });
        written.push(...files);
      };
      const options = { strict: flags.strict ?? false, failed: streams.err, each };
      const { failed } = await predictSlides(predictor, names, open, options);
      print(written, () => written.join('\n'), flags.json);
      told(failed);
    });
}
