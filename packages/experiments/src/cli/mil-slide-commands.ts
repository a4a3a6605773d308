import { Predictor } from '@asmil/baselines';
import { type EngineChoice, UserError, useEngine, writeFileWhole } from '@asmil/core';
import { type Command, Option } from 'commander';
import { type HeatScale, SCALES } from '../mil/heatmap/heat.js';
import { readThumbnail, thumbnailOn } from '../mil/heatmap/thumbnail.js';
import { writeHeatmap } from '../mil/heatmap/write.js';
import { type PredictedNow, predictSlides } from '../mil/predict.js';
import { namedSlides } from '../mil/slides.js';
import { type SourceFlags, sourceFolder, unusableOf } from '../mil/source.js';
import { predictionsCsv, predictionsJson } from '../mil/table.js';
import type { Kit } from './mil-kit.js';
import { sourceOptions } from './mil-options.js';

interface SlideFlags extends SourceFlags {
  readonly engine: EngineChoice;
  readonly json?: boolean;
}

interface PredictFlags extends SlideFlags {
  readonly out?: string;
  readonly verbose?: boolean;
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
    sourceOptions(
      command
        .argument('<checkpoint>', 'a safetensors file of `mil train` or `mil import`')
        .argument('<slides...>', 'files of features, folders of them, or names of slides of --data'),
    );

  slides(common(program.command('predict').description('predicts slides: CSV, or JSON with --json')))
    .option('--out <file>', 'file for the predictions, instead of the screen: CSV, or JSON by its ending')
    .option('--verbose', 'say what each slide took, and the most memory that the process had')
    .action(async (path: string, words: string[], flags: PredictFlags) => {
      const { out, json, verbose } = flags;
      const unusable = unusableOf(flags, streams.err);
      await useEngine(flags.engine);
      const predictor = await Predictor.load(path);
      const { classes } = predictor;
      const each = (done: PredictedNow): void => {
        if (verbose) streams.err(tookText(done));
      };
      const named = namedSlides(words, flags, streams.err, unusable);
      const rows = await predictSlides(predictor, named, unusable, each);
      const csv = predictionsCsv(rows, classes);
      const values = predictionsJson(rows, classes);
      const inFile = /\.json$/i.test(out ?? '') ? `${JSON.stringify(values, null, 2)}\n` : csv;
      if (out !== undefined) await writeFileWhole(out, inFile);
      print(values, () => (out === undefined ? csv.trimEnd() : `${out}: ${rows.length} slides`), json);
      if (verbose) streams.err(`peak memory of the process: ${mebibytes(process.resourceUsage().maxRSS)}`);
      unusable.finish();
    });

  slides(
    common(program.command('heatmap').description('draws attention on slides: PNG, interactive HTML, CSV, GeoJSON')),
  )
    .option('--out <dir>', 'folder of the files', 'heatmaps')
    .addOption(new Option('--scale <scale>', 'how attention becomes colour').choices([...SCALES]).default('percentile'))
    .option('--thumbnail <image>', 'PNG or JPEG of the whole slide, to draw on')
    .option('--downsample <n>', 'level-0 pixels a pixel of the thumbnail, where the slide’s files do not say', Number)
    .option('--geojson', 'also the tiles as GeoJSON, for QuPath')
    .action(async (path: string, words: string[], flags: HeatFlags) => {
      const { thumbnail: image, downsample, geojson = false, scale, out } = flags;
      const ofSuite = flags.data !== undefined && !sourceFolder(flags);
      if (image !== undefined && !(downsample! > 0) && (downsample !== undefined || ofSuite))
        throw new UserError('--thumbnail needs --downsample N: how many level-0 pixels a pixel of it stands for', 2);
      if (image !== undefined && words.length > 1)
        throw new UserError('--thumbnail is of one slide: name one slide', 2);
      const picture = image === undefined ? undefined : await readThumbnail(image);
      const unusable = unusableOf(flags, streams.err);
      await useEngine(flags.engine);
      const predictor = await Predictor.load(path);
      const { classes, model } = predictor;
      const written: string[] = [];
      const each = async ({ slide, prediction: said }: PredictedNow): Promise<void> => {
        if (!said.attention) throw new UserError(`${model.name} has no attention, so there is no map to draw`, 2);
        const { id, side, unit, places, simulated, extent } = slide;
        const thumbnail = picture && thumbnailOn(picture, image!, { id, extent, downsample });
        const files = await writeHeatmap({
          slide: { id, places, side, unit, simulated, attention: said.attention },
          ...{ model: model.name, classes, probabilities: said.probabilities, scale, geojson, out },
          ...(thumbnail ? { thumbnail } : {}),
        });
        written.push(...files);
      };
      await predictSlides(predictor, namedSlides(words, flags, streams.err, unusable), unusable, each);
      print(written, () => written.join('\n'), flags.json);
      unusable.finish();
    });
}

const tookText = ({ slide, seconds }: PredictedNow): string =>
  `slide ${slide.id}: ${slide.n.toLocaleString('en')} ${slide.n === 1 ? 'tile' : 'tiles'} of ${slide.d.toLocaleString('en')} features, read in ${seconds.read.toFixed(1)} s, predicted in ${seconds.predict.toFixed(1)} s`;

const mebibytes = (kibibytes: number): string => `${Math.round(kibibytes / 1024).toLocaleString('en')} MiB`;
