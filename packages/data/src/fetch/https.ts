/** A server that sends nothing for this long is given up. Milliseconds. */
const SILENT_MS = 30_000;

/**
 * The bytes at an address, following redirects. Throws an `Error` that says in a few words what went wrong: no connection,
 * a connection that broke or fell silent, an HTTP error, a web page in the place of a file.
 */
export async function download(url: string, silentMs: number = SILENT_MS): Promise<Buffer> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), silentMs);
  let length = 0;
  let size: string | null = null;
  try {
    const response = await fetch(url, { signal: stop.signal });
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    if (/^text\/html\b/i.test(response.headers.get('content-type') ?? ''))
      throw new Error('a web page came in the place of the file, perhaps the log-in page of the network');
    size = response.headers.has('content-encoding') ? null : response.headers.get('content-length');
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body ?? []) {
      timer.refresh();
      chunks.push(chunk);
      length += chunk.length;
    }
    return Buffer.concat(chunks, length);
  } catch (error) {
    const reason = stop.signal.aborted ? `nothing came for ${silentMs / 1000} s` : reasonOf(error as Error);
    throw new Error(length > 0 ? `${reason} after ${length}${size ? ` of ${size}` : ''} bytes` : reason);
  } finally {
    clearTimeout(timer);
    stop.abort(); // what is left of a response that nobody reads
  }
}

/** What lies behind "fetch failed" or "terminated"; where a name has several addresses, the error of the first. */
function reasonOf(error: Error): string {
  const { cause } = error as { cause?: unknown };
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  return (cause instanceof Error && cause.message) || error.message;
}
