/** A word as a shell reads it back: plain ones as they are, others in quotes. */
export const shellWord = (text: string): string =>
  /^[\w.,=/:@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
