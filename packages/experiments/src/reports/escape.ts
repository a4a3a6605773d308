/** Text as HTML content or as a quoted attribute value. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Text as one line of Markdown prose or a table cell: no mark-up, no HTML, no formula comes out of it. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[ \t\r\n]+/g, ' ')
    .replace(/[\\`*_[\]|~$#]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** A fenced block whose fence is longer than any run of backticks inside. */
export function fencedMarkdown(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

/**
 * JSON for a script element. A `<` is written as its escape, so that neither `</script>` nor `<!--` can end or
 * change the element; the two line separators that older JavaScript refuses in strings are escaped as well.
 */
export function jsonForScript(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

/** JavaScript source for an inline script element: the sequences that would end it occur only inside strings. */
export function scriptForInline(source: string): string {
  return source.replace(/<(?=\/script|!--|script)/gi, '\\x3c');
}

/** Prose by hand in which `code` stands between backticks, as HTML; all else is text. */
export function proseHtml(text: string): string {
  return codeAside(text, escapeHtml, (code) => `<code>${escapeHtml(code)}</code>`);
}

/** The same as Markdown. */
export function proseMarkdown(text: string): string {
  return codeAside(text, escapeMarkdown, (code) => `\`${code.replace(/\s+/g, ' ')}\``);
}

/** Words and pieces of code in turns: a split by a pattern with one group leaves the groups at the odd places. */
function codeAside(text: string, words: (text: string) => string, code: (text: string) => string): string {
  return text
    .split(/`([^`]+)`/)
    .map((part, i) => (i % 2 === 1 ? code(part) : words(part)))
    .join('');
}
