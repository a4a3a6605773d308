import { shown } from '../files/shown.js';

/** Ending of a slide image, which some tables keep in the names of slides. */
export const IMAGE_ENDING = /\.(svs|tiff?|ndpi|mrxs|vms|vmu|scn|bif|svslide|czi|dcm|isyntax|ome\.tiff?)$/i;

/**
 * Why a text cannot be the name of a slide, or undefined where it can. A name stands for a file in its folder, so it leads
 * nowhere else.
 */
export function nameFault(name: string): string | undefined {
  if (name === '') return 'an empty slide name';
  const bad = name === '.' || name === '..' || /[/\\\p{Cc}\p{Zl}\p{Zp}]/u.test(name);
  return bad || name.length > 255 ? `the slide name "${shown(name)}", which no file in a folder can have` : undefined;
}

/** The name among the known ones that a table means: itself, or itself without the ending of an image. */
export function knownName(name: string, known: { has(name: string): boolean }): string | undefined {
  if (known.has(name)) return name;
  const bare = name.replace(IMAGE_ENDING, '');
  return known.has(bare) ? bare : undefined;
}
