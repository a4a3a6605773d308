/**
 * JSON with sorted keys and a trailing newline: equal values give equal bytes. One space of structure is kept for
 * people and diffs: each element of `runs`, and of any list of epochs, stands on its own line.
 */
export function canonicalJson(value: unknown): string {
  return `${write(value, '')}\n`;
}

/** Readable JSON (two spaces, sorted keys, trailing newline) for small files. */
export function prettyJson(value: unknown): string {
  return `${JSON.stringify(sorted(value), null, 2)}\n`;
}

/** Keys whose lists are broken over lines. */
const BROKEN = new Set(['runs', 'epochs', 'cells']);

function write(value: unknown, key: string): string {
  if (Array.isArray(value)) {
    const items = value.map((item) => write(item, ''));
    return BROKEN.has(key) && items.length > 0 ? `[\n${items.join(',\n')}\n]` : `[${items.join(',')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => `${JSON.stringify(name)}:${write(field, name)}`);
    return `{${fields.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => [name, sorted(field)]),
  );
}
