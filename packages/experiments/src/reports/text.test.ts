import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.js';
import {
  escapeHtml,
  escapeMarkdown,
  fencedMarkdown,
  jsonForScript,
  proseHtml,
  proseMarkdown,
  scriptForInline,
} from './escape.js';
import { duration, entropyText, fixed, listing, meanStd, pText, signed, significant, times } from './format.js';

describe('canonical JSON', () => {
  it('does not depend on the order of keys, ends its line and reads back', () => {
    const value = {
      runs: [
        { b: 1, a: [1, 2] },
        { a: null, b: undefined },
      ],
      format: 1,
      title: 'é "x"',
    };
    const other = {
      title: 'é "x"',
      format: 1,
      runs: [
        { a: [1, 2], b: 1 },
        { b: undefined, a: null },
      ],
    };
    expect(canonicalJson(value)).toBe(canonicalJson(other));
    expect(canonicalJson(value)).toBe('{"format":1,"runs":[\n{"a":[1,2],"b":1},\n{"a":null}\n],"title":"é \\"x\\""}\n');
    expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
  });
});

describe('escaping', () => {
  it('sets code in prose by hand apart, and makes nothing else of it', () => {
    const text = 'type `exp a <b>\n*c*` & *see*; one ` alone';
    expect(proseHtml(text)).toBe('type <code>exp a &lt;b&gt;\n*c*</code> &amp; *see*; one ` alone');
    expect(proseMarkdown(text)).toBe('type `exp a <b> *c*` &amp; \\*see\\*; one \\` alone');
  });

  const evil = `<script>alert("1")</script> & 'x' | *b* _i_ [l](u) \`c\` $m$`;

  it('leaves no mark-up', () => {
    expect(escapeHtml(evil)).not.toMatch(/[<>"']/);
    expect(escapeMarkdown(evil)).toBe(
      `&lt;script&gt;alert("1")&lt;/script&gt; &amp; 'x' \\| \\*b\\* \\_i\\_ \\[l\\](u) \\\`c\\\` \\$m\\$`,
    );
    expect(escapeMarkdown('a\n\nb')).toBe('a b');
    expect(fencedMarkdown('a ``` b').split('\n')).toEqual(['````', 'a ``` b', '````']);
  });

  it('keeps JSON inside its script element', () => {
    const text = jsonForScript({ a: '</script><!-- <script>\u2028' });
    expect(text).not.toContain('<');
    expect(text).not.toContain('\u2028');
    expect(JSON.parse(text)).toEqual({ a: '</script><!-- <script>\u2028' });
  });

  it('keeps the meaning of inlined source', () => {
    const source = 'globalThis.found = "</script><!--<script>".length';
    expect(scriptForInline(source)).not.toMatch(/<\/script|<!--|<script/i);
    const run = new Function(`${scriptForInline(source)}; return globalThis.found;`) as () => number;
    expect(run()).toBe(21);
  });
});

describe('numbers in words', () => {
  it.each([
    [fixed(-0.0004), '0.000'],
    [fixed(-0.12345), '−0.123'],
    [fixed(null), '–'],
    [signed(0.0123), '+0.012'],
    [signed(0.0001), '0.000'],
    [meanStd({ mean: 0.78123, std: 0.0419 }), '0.781 ± 0.042'],
    [meanStd({ mean: 0.78123, std: null }), '0.781'],
    [pText(0.00042), '< 0.001'],
    [pText(0.0419), '0.042'],
    [significant(0.00012345), '0.000123'],
    [significant(0.00044), '0.000440'],
    [significant(0.00000044), '4.40e−7'],
    [significant(0.0000019), '1.90e−6'],
    [significant(-0.000099), '−9.90e−5'],
    [significant(0), '0'],
    [significant(3370.4), '3,370'],
    [significant(-3370.4), '−3,370'],
    [entropyText(0.96612), '0.966'],
    [entropyText(0.999874), '0.99987'],
    [times(0.0634), '0.063'],
    [times(15.96), '16'],
    [times(2041.3), '2,041'],
    [duration(38.4), '38 s'],
    [duration(725), '12 min'],
    [duration(7500), '2 h 05 min'],
    [listing(['a', 'b', 'c']), 'a, b and c'],
  ])('%s', (text, expected) => expect(text).toBe(expected));
});
