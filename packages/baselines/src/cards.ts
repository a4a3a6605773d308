import { countParams, defaultHidden } from '@asmil/core';
import { type CardText, cardTexts } from './card-texts.js';
import { executedMacs, publishedMacs } from './macs.js';
import { buildModel, modelNames } from './registry.js';

/** What there is to know about a model of the registry. Numbers are those of its default configuration at `CARD_SIZES`. */
export interface Card extends CardText {
  readonly name: string;
  readonly version: number;
  readonly parameters: number;
  /** Multiply-accumulates of one bag in evaluation, by closed form. */
  readonly macs: {
    /** As the published code multiplies. */
    readonly published: number;
    /** As this suite does: equal numbers, for some models by a shorter way. */
    readonly executed: number;
  };
  /** `plug-in`: the anchor plug-in can watch its attention; `own`: it has an anchor of its own; `none`: nothing to watch. */
  readonly anchor: 'plug-in' | 'own' | 'none';
  /** Whose names `mil import` reads and `mil export` writes: of the official code, or, where there is none, of this suite. */
  readonly names: 'official' | 'own';
  readonly config: Readonly<Record<string, unknown>>;
}

/** The sizes of the paper's tables of cost: ViT-S features, three classes, a bag of 2000 tiles. */
export const CARD_SIZES = { n: 2000, input: 384, classes: 3 } as const;

/** The card of one model. Throws `UserError` (exit code 2) for an unknown name. */
export function modelCard(name: string): Card {
  const { n, input, classes } = CARD_SIZES;
  const model = buildModel(name, {}, { input, classes });
  const text = cardTexts[name];
  if (text === undefined) throw new Error(`${name} has no card: write one in card-texts.ts`);
  const sizes = { n, input, hidden: defaultHidden(input), classes };
  return {
    name,
    version: model.version,
    ...text,
    parameters: countParams(model.params),
    macs: { published: publishedMacs(name, sizes), executed: executedMacs(name, sizes) },
    anchor: name === 'asmil' ? 'own' : model.host ? 'plug-in' : 'none',
    names: text.code === 'none' ? 'own' : 'official',
    config: model.config,
  };
}

export function modelCards(): Card[] {
  return modelNames().map(modelCard);
}
