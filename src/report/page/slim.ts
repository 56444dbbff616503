/** What Vega writes, as small as it can be: a page holds a hundred plots. */

/** Attributes that say nothing in a picture that is described as a whole. */
const IDLE = / (?:aria-[a-z]+|role|class|pointer-events|xmlns(?::\w+)?|version|font-family|stroke-miterlimit)="[^"]*"| opacity="1"| stroke-width="1"/g;
/** Backgrounds and foregrounds of groups, where nothing is drawn. */
const EMPTY = /<path(?: d="(?:M0,0h0v0h0Z)?")? *(?:display="none")?\/>/g;
const GROUP = /<g>((?:<(?:line|text|path|rect|circle)\b[^>]*?(?:\/>|>[^<]*<\/text>))*)<\/g>/g;

/** An SVG element without namespaces and fonts, its ids beginning with `key`; neighbours of one look are one path. */
export function slimSvg(svg: string, key: string): string {
  const head = /<svg[^>]*? width="([\d.]+)" height="([\d.]+)"[^>]*>/;
  let text = svg.replaceAll(/<[^>]+>/g, (tag) => slimTag(tag, key)).replace(head, '<svg width="$1" height="$2" viewBox="0 0 $1 $2">').replaceAll(EMPTY, '');
  for (let before = ''; before !== text;) {
    before = text;
    text = text.replaceAll(GROUP, '$1').replaceAll(/<g>((?:<g [^>]*>(?:(?!<\/?g[ >]).)*<\/g>)*)<\/g>/g, '$1');
  }
  return joinPaths(text);
}

/** What stands between tags is left as it is. */
function slimTag(tag: string, key: string): string {
  return tag.replaceAll(IDLE, '').replaceAll(/(-?\d+\.\d{2})\d+/g, '$1').replaceAll(/\bid="([\w-]+)"/g, `id="${key}-$1"`)
    .replaceAll(/url\(#([\w-]+)\)/g, `url(#${key}-$1)`);
}

/** Paths that follow each other and differ in nothing but their course. */
function joinPaths(svg: string): string {
  const path = /<path d="([^"]*)"([^>]*)\/>/g;
  let result = '';
  let end = 0;
  let open: { course: string; look: string } | null = null;
  const close = (): void => {
    if (open !== null) result += `<path d="${open.course}"${open.look}/>`;
    open = null;
  };
  for (const found of svg.matchAll(path)) {
    const [whole, course, look] = found;
    if (found.index > end || open === null || open.look !== look || look.includes('transform')) {
      close();
      result += svg.slice(end, found.index);
      open = { course, look };
    } else {
      open = { course: open.course + course, look };
    }
    end = found.index + whole.length;
  }
  close();
  return result + svg.slice(end);
}
