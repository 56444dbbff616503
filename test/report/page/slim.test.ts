import { describe, expect, it } from 'vitest';
import { slimSvg } from '../../../src/report/page/slim.js';

const svg = (inside: string): string => `<svg xmlns="http://www.w3.org/2000/svg" class="marks" width="10" height="20" viewBox="0 0 10 20">${inside}</svg>`;
const slim = (inside: string): string => slimSvg(svg(inside), 'k').replace('<svg width="10" height="20" viewBox="0 0 10 20">', '').replace('</svg>', '');

describe('slim SVG', () => {
  it('has no namespaces', () => {
    expect(slimSvg(svg(''), 'k')).toBe('<svg width="10" height="20" viewBox="0 0 10 20"></svg>');
  });

  it('joins neighbours of one look, and no others', () => {
    const path = (course: string, fill: string): string => `<path d="${course}" fill="${fill}"/>`;
    expect(slim(path('M0,0h1', 'a') + path('M1,0h1', 'a') + path('M2,0h1', 'b'))).toBe(path('M0,0h1M1,0h1', 'a') + path('M2,0h1', 'b'));
    const apart = `${path('M0,0h1', 'a')}<text>x</text>${path('M1,0h1', 'a')}`;
    expect(slim(apart)).toBe(apart);
  });

  it('leaves marks alone that are moved', () => {
    const moved = '<path transform="translate(1,1)" d="M0,0h1"/><path transform="translate(2,2)" d="M0,0h1"/>';
    expect(slim(moved)).toBe(moved);
  });

  it('drops what draws nothing and says nothing', () => {
    const ground = '<path class="background" aria-hidden="true" d="M0,0h0v0h0Z" pointer-events="none"/><path d="" display="none"/>';
    expect(slim(`<g class="x" role="y">${ground}</g>`)).toBe('');
    expect(slim('<text font-family="sans-serif" opacity="1" x="1.23456">a class="b" 0.125</text>')).toBe('<text x="1.23">a class="b" 0.125</text>');
  });

  it('gives ids a name of their own', () => {
    expect(slim('<clipPath id="c1"/><rect clip-path="url(#c1)"/>')).toBe('<clipPath id="k-c1"/><rect clip-path="url(#k-c1)"/>');
  });
});
