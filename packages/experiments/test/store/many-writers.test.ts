import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openStore } from '../../src/store/store.js';
import { run } from './writer.js';

const script = fileURLToPath(new URL('./writer.ts', import.meta.url));

it('four processes that write one run again and again: a reader sees it whole, weights stay, nothing is left over', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'asmil-writers-'));
  try {
    const { record } = run(true);
    const lines: string[] = [];
    const store = await openStore(dir, (line) => lines.push(line));
    let open = 0;
    const texts = await Promise.all(
      [['8'], ['8'], ['8', 'first'], ['8', 'first']]
        .map(
          (args) =>
            new Promise<string>((resolve) => {
              open++;
              const child = spawn(process.execPath, ['--import', 'tsx', script, dir, ...args], {
                stdio: ['ignore', 'pipe', 'pipe'],
              });
              let text = '';
              for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data));
              child.on('close', (code) => {
                open--;
                resolve(`${code} ${text}`);
              });
            }),
        )
        .concat(
          (async () => {
            let seen = 0;
            while (open > 0) {
              const found = await store.read(record.signature);
              if (found) seen++;
              if (found) expect(found.record).toEqual(record);
              await sleep(1);
            }
            return seen > 0 ? 'read' : 'never read';
          })(),
        ),
    );
    expect(texts).toEqual(['0 ', '0 ', '0 ', '0 ', 'read']);
    expect(lines).toEqual([]);
    // Whoever wrote last, a run that was asked for with its weights has them.
    expect((await store.read(record.signature))?.checkpoint).toBeDefined();
    expect(readdirSync(join(dir, record.signature.slice(0, 2)))).toEqual([record.signature]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
