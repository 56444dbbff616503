/** The look of the page. Light and dark by the reader's preference; nothing is fetched. */
import { Html } from './html.js';

export const STYLE = new Html(`
:root{color-scheme:light dark;--paper:#fcfcfa;--card:#ffffff;--ink:#1c2128;--muted:#59626d;--line:#dfe1dc;--chip:#2a62a6;--float:#b4561b;
--bad:#b3261e;--doubt:#8a5a00;
--s1:#2a62a6;--s2:#b4561b;--s3:#3c7d4f;--s4:#7b4fa0;--s5:#a23b5c;--s6:#4d6b73;--s7:#8a6d1a;--s8:#1f7f86;
--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
@media (prefers-color-scheme:dark){:root{--paper:#14171b;--card:#1a1e24;--ink:#e2e5e9;--muted:#9aa4af;--line:#2e343c;--chip:#7db2f2;--float:#eba067;
--bad:#ff8f85;
--doubt:#e5bd5a;--s1:#7db2f2;--s2:#eba067;--s3:#84c796;--s4:#c3a0e6;--s5:#ec92b0;--s6:#a3bfc7;--s7:#d8bd63;--s8:#6fcdd3}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 var(--sans)}
main,header,footer{max-width:1180px;margin:0 auto;padding:0 24px}
header{padding-top:44px}
h1{font-size:1.9rem;line-height:1.2;letter-spacing:-.015em;font-weight:650;margin:0 0 .35rem;overflow-wrap:anywhere}
h1 small{font-size:inherit;font-weight:400;color:var(--muted)}
h2{font-size:1.2rem;line-height:1.3;font-weight:650;margin:0 0 .5rem}
h3{font-size:1rem;font-weight:650;margin:1.6rem 0 .4rem}
section{margin-top:44px;padding-top:22px;border-top:1px solid var(--line)}
p{margin:.4rem 0;max-width:72ch;text-wrap:pretty}
a{color:var(--chip);text-decoration-thickness:1px;text-underline-offset:2px}
:focus-visible{outline:2px solid var(--chip);outline-offset:2px;border-radius:2px}
.faint,caption,figcaption{color:var(--muted)}
.note{font-size:.87rem;color:var(--muted)}
code{font:.9em var(--mono);overflow-wrap:anywhere}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;padding:0;margin:1.1rem 0 0;font-size:.9rem}
.figures{display:flex;flex-wrap:wrap;gap:1px;background:var(--line);border:1px solid var(--line);border-radius:6px;
overflow:hidden;margin:26px 0 0}
.figures>div{flex:1 1 190px;background:var(--card);padding:14px 16px;display:flex;flex-direction:column}
.figures dt{order:2;font-size:.87rem}
.figures dd{margin:0}
.figures .value{order:1;font-size:1.65rem;line-height:1.25;font-weight:600;letter-spacing:-.01em;font-variant-numeric:tabular-nums}
.figures .more{order:3;font-size:.8rem;line-height:1.4;color:var(--muted)}
.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.15rem 1.2rem;margin:.6rem 0;font-size:.9rem}
.facts dt{color:var(--muted)}
.facts dd{margin:0;overflow-wrap:anywhere}
.findings{list-style:none;padding:0;margin:.6rem 0}
.findings li{border-left:3px solid var(--line);padding:.1rem 0 .1rem .8rem;margin:.6rem 0;overflow-wrap:anywhere}
.findings .warning{border-color:var(--doubt)}.findings .error{border-color:var(--bad)}
.findings b{font-weight:600}.findings .warning b{color:var(--doubt)}.findings .error b{color:var(--bad)}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;font-size:.87rem;line-height:1.35}
caption{text-align:left;padding:0 0 .5rem;font-size:.9rem}
th,td{text-align:left;padding:.32rem .7rem .32rem 0;border-bottom:1px solid var(--line);vertical-align:baseline}
thead th{font-weight:500;color:var(--muted);vertical-align:bottom;white-space:nowrap}
tbody th{font-weight:500;white-space:nowrap}
tbody th small{display:block;font-size:.9em;font-weight:400;color:var(--muted)}
.share{white-space:nowrap}
.beside{display:flex;flex-wrap:wrap;gap:0 48px;align-items:flex-start;margin-top:.6rem}
.beside p{flex:1 1 320px}
.beside .plot{max-width:100%}
td.n,th.n,.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.n,th.n{padding-left:.7rem}
.bar{display:inline-block;width:84px;height:8px;vertical-align:middle;border-radius:1px;background:color-mix(in srgb,var(--muted) 28%,transparent)}
.bar i{display:block;height:100%;border-radius:1px;background:var(--float)}
.plot{margin:1rem 0}
.plot svg{display:block;overflow:visible}
.plot.wide{overflow-x:auto}
svg text{font-family:var(--sans)}
.split{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:32px;align-items:start;margin-top:1rem}
.graphbox{max-height:760px;overflow:auto;border:1px solid var(--line);border-radius:6px;background:var(--card);padding:16px}
.graph{display:block;margin:0 auto}
.graph text{font-size:11px;fill:var(--ink)}
.graph .title{font-size:12.5px;font-weight:600}
.graph .faint{fill:var(--muted)}
.graph .box{fill:var(--paper);stroke:var(--muted);stroke-opacity:.55}
.graph .quiet{stroke-dasharray:3 2}
.graph a{text-decoration:none}
.graph a:hover .box,.graph a:focus .box{stroke:var(--chip);stroke-opacity:1;stroke-width:1.5}
.graph .wire{fill:none;stroke:var(--muted);stroke-width:1.1}
.graph .head{fill:var(--muted)}
.graph .core{fill:none;stroke:var(--chip);stroke-width:.8}
.graph .used{fill:var(--chip)}
.layer{border-bottom:1px solid var(--line)}
.layer summary{padding:.55rem 0;cursor:pointer;overflow-wrap:anywhere}
.layer summary .name{font-weight:600;margin-right:.6rem}
.layer .inside{padding:.2rem 0 1.6rem}
.layer:has(.inside:target) summary .name{color:var(--chip)}
.plots{display:flex;flex-wrap:wrap;gap:8px 36px;align-items:flex-start}
.captioned{width:270px;max-width:100%}
.captioned p{font-size:.8rem;line-height:1.4;margin:0;min-height:3.4em}
.captioned .plot{margin:.6rem 0 .2rem}
.tiles{max-height:320px;overflow:auto;margin-top:.8rem}
.matrices{display:flex;flex-wrap:wrap;gap:28px 48px}
.matrices>*{min-width:0}
.matrix{border-collapse:separate;border-spacing:1px}
.matrix td,.matrix th{padding:.22rem .2rem;min-width:2rem;text-align:center;border:0;font-variant-numeric:tabular-nums}
.matrix .axis{font-weight:400;color:var(--muted)}
.matrix .none{color:var(--muted);opacity:.55}
.hit{background:color-mix(in srgb,var(--chip) var(--shade),transparent)}
.miss{background:color-mix(in srgb,var(--float) var(--shade),transparent)}
footer{margin-top:48px;padding-top:18px;padding-bottom:48px;font-size:.85rem;color:var(--muted)}
@media (max-width:760px){main,header,footer{padding-left:16px;padding-right:16px}header{padding-top:24px}h1{font-size:1.5rem}
.split{grid-template-columns:minmax(0,1fr);gap:20px}
.figures>div{flex-basis:150px;padding:10px 12px}.facts{grid-template-columns:minmax(0,1fr);gap:0}.facts dd{margin-bottom:.45rem}
.graphbox{max-height:520px;padding:10px}
.matrix td,.matrix th{min-width:1.7rem;padding:.2rem .1rem;font-size:.78rem}section{margin-top:32px}}
@media print{body{font-size:11px}.graphbox,.tiles{max-height:none;overflow:visible}details::details-content{content-visibility:visible;
block-size:auto}nav{display:none}
section{break-inside:auto}.plots,.matrix,figure{break-inside:avoid}}
`);
