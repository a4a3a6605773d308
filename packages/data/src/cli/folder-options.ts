import { type Command, InvalidArgumentError, Option } from 'commander';
import type { FolderOptions } from '../folder/options.js';
import { LABEL_MAPS } from '../tables/label-maps.js';
import type { Columns } from '../tables/labels.js';
import { OFFICIAL } from '../tables/official/index.js';

const PUBLIC = Object.keys(OFFICIAL).join(', ');

/** The options of a command that reads a folder of features. */
export function withFolderOptions(command: Command): Command {
  return command
    .option('--labels <file>', `label table (CSV), or a public cohort: ${PUBLIC}`)
    .option('--classes <names>', 'class names in their order, the first is label 0', names)
    .addOption(new Option('--label-map <name>', 'merge labels').choices(Object.keys(LABEL_MAPS)))
    .option(
      '--columns <what=name,…>',
      'columns of the label table: slide=…, label=…, patient=… (none: patient=)',
      columns,
    )
    .option('--features <folder>', 'which sub-folder, where there are features of several encoders')
    .option('--tile <pixels>', 'side of a tile at level 0, where the files do not say', pixels);
}

/** The options of a command that trains on a folder: what it does about damage that it meets. */
export function withDamageOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--non-finite <what>', 'NaN and infinity: an error, or drop the tiles, or zero').choices([
        'error',
        'drop',
        'zero',
      ]),
    )
    .addOption(
      new Option('--on-bad-slide <what>', 'files that cannot be read: an error, or skip the slide').choices([
        'error',
        'skip',
      ]),
    );
}

/** What of a command's options goes to `openFolder`; undefined if nothing does. */
export function folderOptions(options: FolderOptions): FolderOptions | undefined {
  const { labels, splits, classes, labelMap, columns, features, tile, nonFinite, onBadSlide } = options;
  const all = { labels, splits, classes, labelMap, columns, features, tile, nonFinite, onBadSlide };
  return Object.values(all).some((value) => value !== undefined) ? all : undefined;
}

/** Those options as words of a command line, for who repeats a command. */
export function folderWords(options: FolderOptions): (readonly [string, string])[] {
  const { labels, splits, classes, labelMap, columns, features, tile, nonFinite, onBadSlide } = options;
  const words: readonly (readonly [string, string | undefined])[] = [
    ['labels', labels],
    ['splits', splits],
    ['classes', classes?.join(',')],
    ['label-map', typeof labelMap === 'string' ? labelMap : undefined],
    [
      'columns',
      columns &&
        Object.entries(columns)
          .map(([what, name]) => `${what}=${name}`)
          .join(','),
    ],
    ['features', features],
    ['tile', tile === undefined ? undefined : String(tile)],
    ['non-finite', nonFinite],
    ['on-bad-slide', onBadSlide],
  ];
  return words.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

export const SPLITS_OPTION = 'split file, a folder of them, or a public cohort';

function names(text: string): string[] {
  const list = text.split(',').map((name) => name.trim());
  if (list.length < 2 || list.includes('')) throw new InvalidArgumentError('expected two or more names, with commas.');
  return list;
}

function columns(text: string): Columns {
  const out: Record<string, string> = {};
  for (const part of text.split(',')) {
    const [, what, name] = /^\s*(slide|label|patient)\s*=\s*(.*?)\s*$/.exec(part) ?? [];
    if (what === undefined || (name === '' && what !== 'patient'))
      throw new InvalidArgumentError('expected slide=NAME, label=NAME or patient=NAME, with commas.');
    out[what] = name!;
  }
  return out;
}

function pixels(text: string): number {
  if (!(Number(text) > 0)) throw new InvalidArgumentError('expected a number of pixels above 0.');
  return Number(text);
}
