import { numberList, type OfficialCohort, row } from './types.js';

/*
 * CAMELYON16: 159 normal and 111 tumour slides for training, 129 for testing. The labels of the test slides are the
 * challenge's; the five divisions into training and validation are the split files of dazhangyu123/ACMIL@e53d19c
 * (`splits/camelyon/split_1.json` …), which do not have normal_027. Every slide counts as a patient of its own: the
 * challenge names none.
 */

/** Test slides with a metastasis, of test_001 to test_130; there is no test_049. */
const TEST_TUMOUR = numberList(`
  1 2 4 8 10 11 13 16 21 26 27 29 30 33 38 40 46 48 51 52 61 64 65 66 68 69 71 73 74 75 79 82 84 90 92 94 97
  99 102 104 105 108 110 113 114 116 117 121 122
`);

/** Validation slides of each split, normal and tumour; the others train. */
const VALIDATION = [
  {
    normal: numberList('5 12 13 36 40 41 46 53 60 72 75 91 108 109 137 148 150'),
    tumour: numberList('15 20 29 37 40 64 74 86 108 111'),
  },
  {
    normal: numberList('4 11 14 32 37 55 67 68 96 116 117 125 130 133 136 142 155'),
    tumour: numberList('2 4 15 19 20 25 29 48 57 95'),
  },
  {
    normal: numberList('4 7 15 17 26 40 48 52 67 75 92 111 112 145'),
    tumour: numberList('2 4 24 31 37 39 46 48 77 85 91 98 107'),
  },
  {
    normal: numberList('2 7 12 19 35 41 47 48 49 65 87 94 95 103 104 115 121 126'),
    tumour: numberList('12 64 75 81 82 83 89 107 111'),
  },
  {
    normal: numberList('3 23 39 52 62 64 83 87 93 102 116 124 132 135 142 150 156'),
    tumour: numberList('14 25 56 59 68 74 84 86 87 111'),
  },
];

const slide = (kind: string, number: number): string => `${kind}_${String(number).padStart(3, '0')}`;
const range = (last: number, without: readonly number[]): number[] =>
  Array.from({ length: last }, (_, i) => i + 1).filter((number) => !without.includes(number));

const NORMAL = range(160, [86]);
const TUMOUR = range(111, []);
const TEST = range(130, [49]);
const test = TEST.map((number) => slide('test', number));

export const camelyon16: OfficialCohort = {
  classes: ['normal', 'tumour'],
  rows: [
    ...NORMAL.map((number) => row(slide('normal', number), 0)),
    ...TUMOUR.map((number) => row(slide('tumor', number), 1)),
    ...TEST.map((number) => row(slide('test', number), Number(TEST_TUMOUR.includes(number)))),
  ],
  splits: () =>
    VALIDATION.map(({ normal, tumour }, i) => {
      const part = (held: boolean): string[] => [
        ...NORMAL.filter((n) => n !== 27 && normal.includes(n) === held).map((n) => slide('normal', n)),
        ...TUMOUR.filter((n) => tumour.includes(n) === held).map((n) => slide('tumor', n)),
      ];
      return { name: `split_${i + 1}`, train: part(false), val: part(true), test };
    }),
};
