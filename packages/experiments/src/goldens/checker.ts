import { type Pairs, pairTrees } from './compare.js';
import type { Golden } from './schema.js';

/** What a checker may use. */
export interface CheckContext {
  /** `auto` takes the fastest engine that is there. */
  readonly engine: 'auto' | 'native' | 'wasm';
  /** Folder of the golden file, for files that it names beside itself. */
  readonly folder?: string;
}

/** Computes the outputs of a golden file with this implementation and pairs them with the file's. */
export type Checker = (golden: Golden, context: CheckContext) => Pairs | Promise<Pairs>;

/**
 * A checker of files whose `outputs.cases` lists cases, each with its inputs and what comes out. `ignore` names the keys
 * of a case that are not outputs; `whole` computes outputs that stand beside the list.
 */
export function overCases<Case>(
  compute: (given: Case) => Record<string, unknown>,
  ignore: readonly string[],
  whole: (cases: readonly Case[]) => Record<string, unknown> = () => ({}),
): Checker {
  return (golden: Golden) => {
    const cases = golden.outputs.cases as Case[];
    return pairTrees(golden.outputs, { cases: cases.map(compute), ...whole(cases) }, ignore);
  };
}
