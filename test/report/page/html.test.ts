import { describe, expect, it } from 'vitest';
import { html, name } from '../../../src/report/page/html.js';

describe('templates of HTML', () => {
  it('escape what is put into them', () => {
    expect(html`<a href="#${'"><script>'}">${"a & 'b'"}</a>`.text).toBe('<a href="#&quot;&gt;&lt;script&gt;">a &amp; &#39;b&#39;</a>');
  });

  it('take templates, lists and numbers as they are, and nothing for nothing', () => {
    expect(html`${html`<b>`}${[html`<i>`, 'x<', 3]}${null}${undefined}`.text).toBe('<b><i>x&lt;3');
  });

  it('keep a name on one line and apart from the text beside it', () => {
    expect(name('a\u202eb\nc').text).toBe('<bdi>a b c</bdi>');
  });
});
