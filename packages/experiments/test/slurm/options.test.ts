import { describe, expect, it } from 'vitest';
import { commandLine } from '../../src/runner/request.js';
import { chosenArgs, type SlurmWords, slurmOptions } from '../../src/slurm/options.js';

const words = (more: Partial<SlurmWords> = {}): SlurmWords => ({ executor: 'slurm', wait: true, ...more });

describe('the options of Slurm', () => {
  it('become arguments of sbatch, those that are typed as they are at the end', () => {
    const given = { partition: 'a,b-1', time: '1-12:30', mem: '500M', account: 'lab_1', qos: 'low', arrayLimit: 3 };
    const options = slurmOptions(
      words({ ...given, sbatchArg: ['--gres=gpu:1', '-Cavx2', '--comment=two words; $(x)'] }),
    );
    expect(options).toMatchObject({ retries: 2, wait: true, arrayLimit: 3 });
    expect(chosenArgs(options!)).toEqual([
      ...['--partition=a,b-1', '--time=1-12:30', '--mem=500M', '--account=lab_1', '--qos=low'],
      ...['--gres=gpu:1', '-Cavx2', '--comment=two words; $(x)'],
    ]);
    expect(chosenArgs(slurmOptions(words())!)).toEqual([]);
  });

  it('take every form of a time that Slurm takes', () => {
    for (const time of ['90', '90:30', '1:30:00', '2-12', '2-12:30', '2-12:30:15']) {
      expect(slurmOptions(words({ time }))?.time).toBe(time);
    }
  });

  it.each<[Partial<SlurmWords>, RegExp]>([
    [{ partition: '-x' }, /^--partition -x: expected letters/],
    [{ partition: 'a b' }, /^--partition a b: expected/],
    [{ account: 'a;b' }, /^--account a;b/],
    [{ qos: '' }, /^--qos : expected/],
    [{ time: '1h' }, /^--time 1h: expected minutes/],
    [{ time: '1-' }, /^--time/],
    [{ mem: '4 GB' }, /^--mem 4 GB: expected a size/],
    [{ sbatchArg: ['nice=5'] }, /^--sbatch-arg "nice=5": expected one option/],
    [{ sbatchArg: ['--comment=a\nb'] }, /^--sbatch-arg "--comment=a\\nb"/],
    [{ sbatchArg: ['--array=0-5'] }, /--array is set by this command/],
    [{ sbatchArg: ['--arr=0-5'] }, /--array is set by this command/],
    [{ sbatchArg: ['-a0-5'] }, /-a is set by this command/],
    [{ sbatchArg: ['--wrap=x'] }, /--wrap is set/],
    [{ executor: 'local', partition: 'a' }, /^--partition: only with --executor slurm$/],
    [{ executor: 'local', arrayLimit: 2, retries: 1, wait: false }, /^--array-limit, --retries, --no-wait: only with/],
    [{ executor: 'local', sbatchArg: ['--nice'] }, /^--sbatch-arg: only with/],
  ])('refuse %j', (more, line) => {
    expect(() => slurmOptions(words(more))).toThrow(line);
  });

  it('are part of the command that is to be typed again, and not of the one that a report names', () => {
    const slurm = slurmOptions(
      words({ time: '2-12', retries: 0, wait: false, sbatchArg: ['--nice=5', "--comment=it's"] }),
    );
    const request = {
      ...({ experiment: 'x', preset: 'quick', engine: 'auto', splitSeed: 0, slurm } as const),
      ...{ force: false, checkpoints: false, standalone: false, png: false },
    };
    expect(commandLine(request)).toBe('pnpm exp x');
    expect(commandLine(request, true)).toBe(
      `pnpm exp x --executor slurm --time 2-12 --retries 0 --sbatch-arg=--nice=5 --sbatch-arg='--comment=it'\\''s' --no-wait`,
    );
  });
});
