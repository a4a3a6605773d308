import { UserError } from '@asmil/core';
import {
  type Encoder,
  findSlides,
  IMAGENET,
  openEncoder,
  type PreprocessSettings,
  preprocess,
  type SlideOutcome,
  TISSUE_PRESETS,
  type TissueOptions,
  type TissuePreset,
} from '@asmil/data';
import { type Command, Option } from 'commander';
import { abortOnSignal } from '../runner/signals.js';
import { wholeNumber } from './arguments.js';
import type { Kit } from './mil-kit.js';

type Three = readonly [number, number, number];

interface PreprocessFlags {
  readonly out: string;
  readonly encoder: string;
  readonly output?: string;
  readonly size?: number;
  readonly mean: Three;
  readonly std: Three;
  readonly batch: number;
  readonly tile: number;
  readonly target: number;
  readonly magnification?: number;
  readonly allowUpsampling?: boolean;
  readonly tissue: TissuePreset;
  readonly threshold?: number | 'otsu';
  readonly tissueArea?: number;
  readonly holeArea?: number;
  readonly jobs: number;
  readonly strict?: boolean;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** `mil preprocess`. */
export function addPreprocessCommand(program: Command, { common, print, streams }: Kit): void {
  common(program.command('preprocess').description('cuts slides (SVS, tiled TIFF) into tiles and encodes them'))
    .argument('<slides...>', 'slide files, or folders of them')
    .requiredOption('--out <dir>', 'folder of the features, in CLAM’s form')
    .requiredOption('--encoder <file>', 'ONNX file that takes pictures [N, 3, S, S] and gives features [N, D]')
    .option('--output <name>', 'which output of the encoder holds the features (default: the only one)')
    .option('--size <pixels>', 'side of the encoder’s input (default: its own, or 224)', wholeNumber('--size', 1))
    .option(
      '--mean <r,g,b>',
      'subtracted from the colours, 0 to 1 (default: ImageNet’s)',
      three('--mean'),
      IMAGENET.mean,
    )
    .option('--std <r,g,b>', 'what they are then divided by (default: ImageNet’s)', three('--std', true), IMAGENET.std)
    .option('--batch <n>', 'tiles that are encoded at once', wholeNumber('--batch', 1), 32)
    .option('--tile <pixels>', 'side of a tile at the target magnification', wholeNumber('--tile', 1), 256)
    .option('--target <x>', 'magnification of the tiles', positive('--target'), 20)
    .option('--magnification <x>', 'of slides that do not say theirs, e.g. 40', positive('--magnification'))
    .option('--allow-upsampling', 'take slides of a lower magnification and enlarge them')
    .addOption(
      new Option('--tissue <recipe>', 'how tissue is found: a preset of CLAM, otsu is its default with Otsu')
        .choices(Object.keys(TISSUE_PRESETS))
        .default('otsu'),
    )
    .option('--threshold <saturation>', 'in the recipe’s place: 0 to 255, or otsu', threshold)
    .option(
      '--tissue-area <n>',
      'in the recipe’s place: least tissue, in squares of 512 pixels',
      atLeast0('--tissue-area'),
    )
    .option('--hole-area <n>', 'in the recipe’s place: least hole, in the same unit', atLeast0('--hole-area'))
    .option('--jobs <n>', 'slides at once', wholeNumber('--jobs', 1), 2)
    .option('--strict', 'stop at the first slide that cannot be used')
    .option('--overwrite', 'make features anew that are there already')
    .action(async (paths: string[], flags: PreprocessFlags) => {
      const { encoder: path, output, size, mean, std, batch, out, json } = flags;
      const slides = await findSlides(paths);
      const encoder = await openEncoder({ path, output, size, mean, std, batch });
      const status = statusLine();
      const told = (write: (line: string) => void, line: string): void => {
        status.clear();
        write(line);
      };
      if (!json) streams.out(headText(encoder, flags));
      const running = new Map<string, string>();
      let ended = 0;
      try {
        const outcomes = await preprocess(slides, {
          ...{ encoder, out, settings: settingsOf(flags, encoder), assumed: flags.magnification },
          ...{ upsample: flags.allowUpsampling, jobs: flags.jobs, strict: flags.strict, overwrite: flags.overwrite },
          signal: abortOnSignal(),
          progress(id, done, all) {
            running.set(id, `${id} ${done}/${all}`);
            status.show(`${ended} of ${slides.length} slides; ${[...running.values()].join(', ')}`);
          },
          finished(outcome) {
            ended++;
            running.delete(outcome.id);
            if (outcome.state === 'failed') told(streams.err, outcome.message!);
            else if (!json) told(streams.out, outcomeText(outcome, encoder.dim));
          },
        }).catch((error: Error) => {
          if (error.name !== 'AbortError') throw error;
          throw new UserError('stopped; the same command goes on with the slides that are missing');
        });
        status.clear();
        finish(outcomes);
      } finally {
        status.clear();
        await encoder.close();
      }

      function finish(outcomes: readonly SlideOutcome[]): void {
        const count = (state: SlideOutcome['state']): number => outcomes.filter((o) => o.state === state).length;
        const [written, present, failed] = [count('written'), count('present'), count('failed')];
        print(
          { out, encoder: encoderCard(encoder, flags), slides: outcomes },
          () => `${out}: ${written} written, ${present} there already, ${failed} failed`,
          json,
        );
        const left = slides.length - outcomes.length;
        if (failed > 0)
          throw new UserError(
            `${failed} of ${slides.length} slides could not be used (named above)${left > 0 ? `, ${left} not tried` : ''}`,
          );
      }
    });
}

function settingsOf(flags: PreprocessFlags, { sha256, output, size }: Encoder): PreprocessSettings {
  const preset: TissueOptions = TISSUE_PRESETS[flags.tissue];
  const { threshold = preset.threshold, tissueArea = preset.tissueArea, holeArea = preset.holeArea } = flags;
  return {
    tile: { pixels: flags.tile, magnification: flags.target },
    tissue: { ...preset, threshold, tissueArea, holeArea },
    encoder: { sha256, output, size, mean: flags.mean, std: flags.std },
  };
}

const encoderCard = ({ name, sha256, size, output, dim }: Encoder, { mean, std }: PreprocessFlags) => ({
  ...{ name, sha256, size, output, features: dim, mean, std },
});

function headText(encoder: Encoder, { mean, std, tile, target }: PreprocessFlags): string {
  const { name, size, dim } = encoder;
  const normalised = `colours less ${mean.join(', ')}, divided by ${std.join(', ')}`;
  return `${name}: ${size} x ${size} pixels to ${dim} features, ${normalised}; tiles of ${tile} pixels at ${target}x`;
}

function outcomeText({ id, state, tiles, side, magnification, seconds }: SlideOutcome, dim: number): string {
  if (state === 'present') return `${id}: there already, ${tiles} tiles`;
  return `${id}: ${tiles} tiles of ${side} pixels at ${magnification}x, [${tiles}, ${dim}], ${seconds.toFixed(1)} s`;
}

/** One line that the next one overwrites, where somebody watches. */
function statusLine(): { show(text: string): void; clear(): void } {
  const { stderr } = process;
  if (!stderr.isTTY) return { show: () => {}, clear: () => {} };
  return {
    show: (text) => stderr.write(`\r\x1b[K${text.slice(0, (stderr.columns || 80) - 1)}`),
    clear: () => stderr.write('\r\x1b[K'),
  };
}

function number(option: string, text: string, good: (value: number) => boolean, expected: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && good(value)) return value;
  throw new UserError(`${option} ${text}: expected ${expected}`, 2);
}

const positive = (option: string) => (text: string) => number(option, text, (value) => value > 0, 'a number above 0');
const atLeast0 = (option: string) => (text: string) =>
  number(option, text, (value) => value >= 0, 'a number of at least 0');

const three =
  (option: string, divisor = false) =>
  (text: string): Three => {
    const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
    const good = values.every((value) => Number.isFinite(value) && (!divisor || value > 0));
    if (values.length === 3 && good) return values as unknown as Three;
    throw new UserError(`${option} ${text}: expected three numbers${divisor ? ' above 0' : ''}, e.g. 0.5,0.5,0.5`, 2);
  };

const threshold = (text: string): number | 'otsu' =>
  text === 'otsu'
    ? text
    : number('--threshold', text, (value) => value >= 0 && value < 255, 'otsu, or a number from 0 to 254');
