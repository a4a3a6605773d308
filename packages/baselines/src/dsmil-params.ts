import { fanIn, type ParamSpec } from '@asmil/core';

interface Sizes {
  readonly input: number;
  /** Logits C. */
  readonly outputs: number;
  readonly query: number;
  readonly queryHidden: number;
  readonly nonlinear: boolean;
  readonly passingV: boolean;
  readonly init: 'uniform' | 'orthogonal';
}

/** The parameters of DSMIL under the names of the official code. */
export function dsmilSpecs(s: Sizes): ParamSpec[] {
  const layer = (name: string, outputs: number, ...rest: readonly number[]): ParamSpec[] => {
    const uniform = fanIn(rest.reduce((a, b) => a * b, 1));
    const orthogonal = s.init === 'orthogonal';
    return [
      { name: `${name}.weight`, shape: [outputs, ...rest], init: orthogonal ? { kind: 'orthogonal' } : uniform },
      { name: `${name}.bias`, shape: [outputs], init: orthogonal ? { kind: 'constant', value: 0 } : uniform },
    ];
  };
  const query = s.nonlinear
    ? [...layer('b_classifier.q.0', s.queryHidden, s.input), ...layer('b_classifier.q.2', s.query, s.queryHidden)]
    : layer('b_classifier.q', s.query, s.input);
  return [
    ...layer('i_classifier.fc.0', s.outputs, s.input),
    ...query,
    ...(s.passingV ? layer('b_classifier.v.1', s.input, s.input) : []),
    ...layer('b_classifier.fcc', s.outputs, s.outputs, s.input),
  ];
}
