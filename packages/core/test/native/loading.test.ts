import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { findNative } from '../../src/engine/native/install.js';
import { loadNative } from '../../src/engine/native/load.js';
import { probeCommand, verifyBinding } from '../../src/engine/native/verify.js';

const native = findNative();

describe.skipIf(!native)('the native engine, which is not set up on every machine', () => {
  test('computes a product and a gradient right, and prints nothing of its own', () => {
    const [node, ...args] = probeCommand(native!.binding, native!.libraryDir) as [string, ...string[]];
    const { TF_CPP_MIN_LOG_LEVEL: _, ...env } = process.env;
    const { stdout, stderr, status } = spawnSync(node, args, { encoding: 'utf8', env });
    expect(status).toBe(0);
    expect(stderr).toBe('');
    const result = JSON.parse(stdout) as { ok: boolean; error: number };
    expect(result.ok).toBe(true);
    expect(result.error).toBeLessThan(1e-4);
  });
});

test('a binding that is none gives one sentence with the way out', async () => {
  const none = { binding: '/nowhere/tfjs_binding.node', libraryDir: '/nowhere' };
  expect(() => loadNative(none)).toThrow(/engine in \/nowhere does not load .*engine native --force.*wasm/);
  await expect(verifyBinding(none.binding, none.libraryDir)).rejects.toThrow(/does not run \(.*nowhere/);
});
