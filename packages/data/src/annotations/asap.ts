import { open } from 'node:fs/promises';
import { UserError } from '@asmil/core';
import { SaxesParser } from 'saxes';
import { plainFile } from '../files/byte-source.js';
import { shown } from '../files/shown.js';

/** One annotation of an ASAP file. */
export interface Annotation {
  readonly name: string;
  /** `Polygon`, `Spline`, `Rectangle`, `Dot`, … */
  readonly type: string;
  /** The group that it belongs to; `None` where it belongs to none. */
  readonly group: string;
  /** Corners in their order, level-0 pixels. */
  readonly points: readonly (readonly [number, number])[];
}

/** What a file may hold at most; a slide's has a few megabytes and some hundred thousand points. */
const LIMITS = { bytes: 128 * 2 ** 20, points: 5_000_000, annotations: 1_000_000, depth: 64, text: 4096 } as const;
/** Coordinates beyond are no pixels of a slide. */
const FARTHEST = 1e8;

/**
 * The annotations of an ASAP XML file (`ASAP_Annotations`, as CAMELYON16 and CAMELYON17 give them). Throws `UserError` with
 * the file's name for what is no such file.
 */
export async function readAsap(path: string): Promise<Annotation[]> {
  return parseAsap(await textOf(path), path);
}

/**
 * The annotations in the text of an ASAP file. The parser is strict, does not recurse, and knows no entities but XML's five:
 * what a document type declares is not read, so nothing in the file can grow or reach other files. Decimals may have a comma,
 * as some locales write them. Throws `UserError` that names `file`, line and column.
 */
export function parseAsap(text: string, file = 'the annotation file'): Annotation[] {
  const out: Annotation[] = [];
  const parser = new SaxesParser();
  const fail = (message: string): never => {
    throw new UserError(`${file}, line ${parser.line}: ${message}`);
  };
  const path: string[] = [];
  let current: { name: string; type: string; group: string; points: Placed[] } | undefined;
  let points = 0;

  parser.on('error', (error) => {
    throw new UserError(
      `${file} is not well-formed XML (${shown(error.message.trim())}); expected an ASAP annotation file`,
    );
  });
  parser.on('opentag', ({ name, attributes }) => {
    path.push(name);
    if (path.length > LIMITS.depth)
      fail(`elements stand more than ${LIMITS.depth} deep, expected an ASAP annotation file`);
    if (path.length === 1 && name !== 'ASAP_Annotations') fail(`found <${short(name)}>, expected <ASAP_Annotations>`);
    const given = attributes as Readonly<Record<string, string>>;
    const attribute = (key: string): string | undefined => (Object.hasOwn(given, key) ? given[key] : undefined);
    switch (path.join('/')) {
      case 'ASAP_Annotations/Annotations/Annotation': {
        if (out.length === LIMITS.annotations) fail(`more than ${LIMITS.annotations} annotations`);
        const title = attribute('Name') ?? '';
        const type = attribute('Type') ?? fail(`annotation ${quoted(title)} has no Type`);
        current = { name: title, type, group: attribute('PartOfGroup') ?? 'None', points: [] };
        break;
      }
      case 'ASAP_Annotations/Annotations/Annotation/Coordinates/Coordinate': {
        if (++points > LIMITS.points) fail(`more than ${LIMITS.points} points`);
        const own = current!.points;
        const number = (key: string, standard?: number): number =>
          numberOf(attribute(key), standard) ??
          fail(`annotation ${quoted(current!.name)} has ${key}=${quoted(attribute(key) ?? '')}, expected a number`);
        own.push({ order: number('Order', own.length), x: number('X'), y: number('Y') });
        break;
      }
    }
  });
  parser.on('closetag', ({ name }) => {
    if (name === 'Annotation' && path.join('/') === 'ASAP_Annotations/Annotations/Annotation' && current) {
      const { points: placed, ...rest } = current;
      // The order of the file for equal numbers: sorting is stable.
      placed.sort((a, b) => a.order - b.order);
      out.push({ ...rest, points: placed.map(({ x, y }) => [x, y]) });
      current = undefined;
    }
    path.pop();
  });
  // A byte order mark is no text.
  parser.write(text.replace(/^\uFEFF/, '')).close();
  return out;
}

interface Placed {
  readonly order: number;
  readonly x: number;
  readonly y: number;
}

const NUMBER = /^\s*[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?\s*$/;

/** A decimal with a point or a comma; undefined for anything else, `standard` for a missing attribute. */
function numberOf(text: string | undefined, standard?: number): number | undefined {
  if (text === undefined) return standard;
  if (text.length > 64 || !NUMBER.test(text)) return undefined;
  const value = Number(text.replace(',', '.'));
  return Math.abs(value) <= FARTHEST ? value : undefined;
}

const short = (text: string): string =>
  (text.length > 40 ? `${text.slice(0, 40)}…` : text).replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?');
const quoted = (text: string): string => JSON.stringify(short(text));

async function textOf(path: string): Promise<string> {
  await plainFile(path); // opening a pipe might never end
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`${path}: ${error.code}; expected an ASAP annotation file`);
  });
  try {
    const { size } = await file.stat();
    if (size > LIMITS.bytes)
      throw new UserError(
        `${path} has ${Math.round(size / 2 ** 20)} MiB, expected an ASAP annotation file of ${LIMITS.bytes / 2 ** 20} MiB at most`,
      );
    return new TextDecoder('utf-8', { fatal: true }).decode(await file.readFile());
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (error instanceof TypeError) throw new UserError(`${path} is not UTF-8 text; save the annotations as UTF-8`);
    throw new UserError(
      `${path}: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}; expected a file`,
    );
  } finally {
    await file.close();
  }
}
