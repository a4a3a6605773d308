import type { ModelWeights, NamedArrays, Split, TrainResult } from '@asmil/core';
import type { FolderSource } from '@asmil/data';
import type { Localization } from '../localization/types.js';
import type { RunSpec } from '../types.js';
import type { EngineInfo, EngineName } from './deps.js';

/** From the command to a worker. The first message is `init`, then one `job` after another. */
export type ToWorker =
  | { readonly type: 'init'; readonly engine: EngineName }
  | {
      readonly type: 'job';
      readonly signature: string;
      readonly spec: RunSpec;
      /** Send the selected epoch's weights back too. */
      readonly checkpoint: boolean;
      /** Send attention maps and bag features back too. */
      readonly portrait: boolean;
      /** Where the cohort is, if it is a person's own folder. */
      readonly folder?: FolderSource;
      /** Path of the weights of the stage that the run starts from. */
      readonly pretrained?: string;
    };

/** What an epoch of a running job is shown as. */
export interface EpochNews {
  readonly epoch: number;
  readonly loss: number;
  /** Macro F1 on the validation set, or null without one. */
  readonly valF1: number | null;
}

/** What a finished job hands back. */
export interface JobResult {
  readonly split: Split;
  readonly result: TrainResult;
  readonly started: string;
  readonly wallSeconds: number;
  /** The selected epoch's weights, if they were asked for; none if the run diverged before its first evaluation. */
  readonly weights?: ModelWeights;
  /** Attention maps and bag features over the epochs, if they were asked for. */
  readonly portrait?: NamedArrays;
  /** Its maps held against lesions, if the specification asks for it and there are maps. */
  readonly localization?: Localization;
}

/** Exit code of a worker whose engine cannot compute any more. */
export const ENGINE_DEAD = 70;

export interface JobError {
  readonly message: string;
  readonly stack?: string;
}

/** From a worker to the command. `unfit`: the worker cannot run any job (the engine does not load). */
export type FromWorker =
  | { readonly type: 'ready'; readonly engine: EngineInfo }
  | ({ readonly type: 'unfit' } & JobError)
  | ({ readonly type: 'epoch'; readonly signature: string } & EpochNews)
  | ({ readonly type: 'done'; readonly signature: string } & JobResult)
  | ({ readonly type: 'failed'; readonly signature: string } & JobError);
