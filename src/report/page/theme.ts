/** How plots look: colours are variables of the page, so that one picture serves light and dark. */
import type { Config } from 'vega-lite';

export const COLOURS = {
  ink: 'var(--ink)', muted: 'var(--muted)', line: 'var(--line)', chip: 'var(--chip)', float: 'var(--float)',
  series: ['var(--s1)', 'var(--s2)', 'var(--s3)', 'var(--s4)', 'var(--s5)', 'var(--s6)', 'var(--s7)', 'var(--s8)'],
} as const;

const { muted, line, series } = COLOURS;

export const PLOT_LOOK: Config = {
  background: undefined, padding: 2, view: { stroke: null }, aria: false, range: { category: [...series] },
  axis: {
    labelColor: muted, titleColor: muted, gridColor: line, domainColor: line, tickColor: line, labelFontSize: 11, titleFontSize: 11, titleFontWeight: 'normal',
    titlePadding: 8, tickSize: 4,
  },
  legend: { labelColor: muted, titleColor: muted, labelFontSize: 11, titleFontSize: 11, titleFontWeight: 'normal', orient: 'top', offset: 6, symbolSize: 60 },
  title: { color: muted, fontSize: 12, fontWeight: 'normal' },
};
