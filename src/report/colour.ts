/** The one place of colour. */
import picocolors from 'picocolors';

export interface Style {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly doubtful: (text: string) => string;
  readonly bad: (text: string) => string;
}

/** `colour`: whether the text goes to a terminal that shows colours. */
export function styleOf(colour: boolean): Style {
  const { bold, dim, green, yellow, red } = picocolors.createColors(colour);
  return { strong: bold, faint: dim, good: green, doubtful: yellow, bad: red };
}

export const PLAIN: Style = styleOf(false);
