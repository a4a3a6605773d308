/** Exit code of a command that was stopped by the person at the keyboard. */
export const INTERRUPTED = 130;

/** After a signal the command has this long to end of itself. */
const PATIENCE_MS = 5000;

/** A signal that is aborted by Ctrl-C or a termination; a second one, or no end in time, ends the process. */
export function abortOnSignal(): AbortSignal {
  const controller = new AbortController();
  let since = 0;
  const stop = (): void => {
    // A wrapper may pass on a Ctrl-C that this process has had already, so only a later one means "at once".
    if (since > 0 && Date.now() - since > 500) process.exit(INTERRUPTED);
    since ||= Date.now();
    controller.abort();
    setTimeout(() => process.exit(INTERRUPTED), PATIENCE_MS).unref();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}

/** Ends quietly where the reader of the output has gone, as in `| head`. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}
