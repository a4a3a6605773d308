import type { Cohort, Model } from '@asmil/core';
import { UserError } from '@asmil/core/errors';
import type { Cell } from '../types.js';
import type { Deps } from './deps.js';

/** A cell that cannot work on a cohort, and why not. */
export interface Misfit {
  readonly key: string;
  readonly reason: string;
}

/**
 * The cells whose models cannot work on a cohort: its features have a width that the model does not take, or its bags lack
 * what the model reads beside features, such as coordinates. Found on one bag, before anything is trained.
 */
export async function misfits(
  cells: readonly Cell[],
  cohort: Cohort,
  splitSeed: number,
  deps: Pick<Deps, 'buildModel'>,
): Promise<Misfit[]> {
  const dims = { input: cohort.dim, classes: cohort.classes.length };
  const built = cells.map(({ key, model }) => ({
    key,
    ...attempt(() => deps.buildModel(model.name, model.config, dims)),
  }));
  const reading = built.some(({ value }) => value?.bagInputs !== undefined);
  const split = cohort.splits(splitSeed)[0];
  const bag = reading && split ? await cohort.load(split.train[0]!, split) : undefined;
  return built.flatMap(({ key, value, reason }) => {
    if (reason !== undefined) return [{ key, reason }];
    if (!bag || bag.coords) return [];
    const asked = attempt(() => readOf(value!, bag.n, bag.features));
    return asked.reason === undefined ? [] : [{ key, reason: asked.reason }];
  });
}

/** What the model derives from a bag without coordinates. */
const readOf = (model: Model, n: number, features: Float32Array) => model.bagInputs?.({ n, features: () => features });

/** The message of a `UserError`; any other error is a defect and thrown on. */
function attempt<T>(work: () => T): { value?: T; reason?: string } {
  try {
    return { value: work() };
  } catch (error) {
    if (error instanceof UserError) return { reason: error.message };
    throw error;
  }
}

/**
 * A line for people on the cells that are left out. Throws `UserError` instead where one of them was asked for by name, or
 * where none is left.
 */
export function leftOutNote(
  unfit: readonly Misfit[],
  cells: readonly Cell[],
  cohort: string,
  only: readonly string[] | undefined,
): string | undefined {
  const named = unfit.find(({ key }) => only?.includes(key)) ?? (unfit.length === cells.length ? unfit[0] : undefined);
  if (named) throw new UserError(`${named.key} cannot work on ${cohort}: ${named.reason}`, 2);
  if (unfit.length === 0) return undefined;
  return `left out on ${cohort}: ${unfit.map(({ key, reason }) => `${key} (${reason})`).join('; ')}`;
}
