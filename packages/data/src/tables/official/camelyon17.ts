import { createRng } from '@asmil/core/rng';
import { type OfficialCohort, row } from './types.js';

/*
 * CAMELYON17: the 500 training slides of the challenge, 100 patients with five nodes each; the labels are those of the table
 * in dazhangyu123/AEM@4a928a8 (`dataset_csv/camelyon17.csv`). The five centres have 20 patients each, in order; centres 0 to 2
 * train, centres 3 and 4 test.
 */

/** One line a centre, one word a patient, one digit a node: 0 negative, 1 ITC, 2 micro-, 3 macro-metastasis. */
const NODES = [
  '00000 00000 00000 00000 00001 00011 00101 00002 20000 12000 20002 20000 30000 00332 00313 03301 31000 01332 02231 33330',
  '02203 33022 22003 00000 01101 00000 12323 20202 22320 23130 00002 00000 02000 03220 00030 00000 00020 01000 20201 32000',
  '00100 10000 00030 00000 00033 32033 00022 00300 22000 02200 00002 33303 33330 00000 00000 00000 00000 00000 00000 00000',
  '20010 00002 22330 30333 10010 30003 00230 00012 01001 33220 00030 00000 13302 03020 00002 00003 03221 00303 00000 00000',
  '11332 02201 00000 00000 00330 00000 10001 11000 02001 00020 00000 00333 33033 00003 33303 30000 30333 33033 00000 00003',
];

/**
 * The published protocol draws a tenth of the single training slides for validation (scikit-learn's `train_test_split` after
 * seeding NumPy with the run's seed, 1 to 5), so that patients have nodes on both sides. No lists are published; these follow
 * from that rule. PPPN: patient and node.
 */
const SLIDE_VALIDATION = [
  `0021 0022 0033 0052 0054 0113 0143 0153 0180 0210 0211 0220 0242 0243 0252 0292 0332 0351 0364 0370 0374
    0423 0440 0482 0501 0531 0550 0583 0592 0594`,
  `0003 0012 0023 0054 0060 0070 0164 0174 0181 0184 0193 0194 0223 0252 0280 0284 0343 0350 0364 0383 0403
    0430 0460 0481 0504 0511 0514 0531 0561 0564`,
  `0010 0031 0050 0061 0121 0130 0132 0153 0163 0164 0203 0214 0230 0233 0264 0304 0323 0352 0391 0401 0421
    0423 0430 0432 0452 0454 0493 0501 0504 0571`,
  `0011 0023 0024 0033 0044 0063 0083 0121 0123 0140 0222 0243 0244 0282 0292 0331 0360 0381 0382 0402 0403
    0460 0463 0474 0481 0492 0583 0584 0590 0591`,
  `0044 0082 0083 0094 0100 0111 0120 0131 0132 0180 0232 0252 0262 0280 0314 0344 0444 0450 0463 0464 0474
    0500 0512 0514 0530 0532 0543 0571 0583 0593`,
];

interface Node {
  readonly id: string;
  readonly patient: string;
  readonly centre: number;
  readonly label: number;
}

const ALL: readonly Node[] = NODES.flatMap((line, centre) =>
  line.split(' ').flatMap((labels, i) => {
    const patient = `patient_${String(20 * centre + i).padStart(3, '0')}`;
    return [...labels].map((label, node) => ({ id: `${patient}_node_${node}`, patient, centre, label: Number(label) }));
  }),
);
const pool = ALL.filter(({ centre }) => centre < 3);
const test = ALL.filter(({ centre }) => centre >= 3).map(({ id }) => id);
const ids = (nodes: readonly Node[]): string[] => nodes.map(({ id }) => id);
const rows = ALL.map(({ id, label, patient }) => row(id, label, patient));
const classes = ['negative', 'ITC', 'micro-metastasis', 'macro-metastasis'];

/** Validation patients: a tenth of the 60, as the published protocol holds a tenth of the slides. */
const PATIENTS = 6;
const DRAWS = 200;

/**
 * Five splits with whole patients in validation. Of up to 200 draws the first is taken that leaves every class on both sides,
 * otherwise the one that has the most.
 */
function byPatient(splitSeed: number) {
  const patients = [...new Set(pool.map(({ patient }) => patient))];
  return [1, 2, 3, 4, 5].map((index) => {
    const rng = createRng(splitSeed, 'camelyon17', 'split', index);
    const sidesOf = (chosen: ReadonlySet<string>) => ({
      train: pool.filter(({ patient }) => !chosen.has(patient)),
      val: pool.filter(({ patient }) => chosen.has(patient)),
    });
    const classesIn = (nodes: readonly Node[]): number => new Set(nodes.map(({ label }) => label)).size;
    let best = sidesOf(new Set());
    let most = 0;
    for (let draw = 0; draw < DRAWS && most < 2 * classes.length; draw++) {
      const sides = sidesOf(new Set(rng.shuffle(patients).slice(0, PATIENTS)));
      const count = classesIn(sides.train) + classesIn(sides.val);
      if (count > most) [best, most] = [sides, count];
    }
    return { name: `split_${index}`, train: ids(best.train), val: ids(best.val), test };
  });
}

export const camelyon17: OfficialCohort = { classes, rows, splits: byPatient };

/** The published protocol, in which one patient's slides train and validate: only where patients are not told apart. */
export const camelyon17Slides: OfficialCohort = {
  classes,
  rows,
  splits: () =>
    SLIDE_VALIDATION.map((list, i) => {
      const val = list
        .trim()
        .split(/\s+/)
        .map((code) => `patient_${code.slice(0, 3)}_node_${code[3]}`);
      return { name: `seed_${i + 1}`, train: ids(pool).filter((id) => !val.includes(id)), val, test };
    }),
};
