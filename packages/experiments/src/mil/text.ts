import type { ImportReport } from './import.js';

const MAX_NAMES = 6;

/** What was imported, in a few lines. */
export function importText({ model, dims, config, parameters, leftOut, started, out }: ImportReport): string {
  const { input, classes } = dims;
  return [
    `${out}: ${model}, ${parameters} parameters, ${input} features a tile, ${classes} classes`,
    `settings: ${JSON.stringify(config)}`,
    ...(leftOut.length > 0 ? [`left out of the file: ${listed(leftOut)}`] : []),
    ...(started.length > 0 ? [`not in the file: ${listed(started)}`] : []),
  ].join('\n');
}

function listed(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  return names.slice(0, MAX_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
