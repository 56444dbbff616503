/** ImageNet's layout: a folder for each class, whose place in the order of their names is the class. */
import { join } from 'node:path';
import { fail } from '../../diagnostics.js';
import { filesIn, foldersIn } from '../files.js';
import type { DataSet } from '../types.js';
import { imageDataSet, type CardPreprocessing } from './set.js';

const IMAGE = /^[^.].*\.(?:jpe?g|png)$/i;

/**
 * The JPEG and PNG files in the class folders of `root`, class by class, in the order of their names by code units; other files, and names that begin
 * with a dot, are passed over. Refuses (T301) a root without images.
 */
export function imageFolderDataSet(place: string, root: string, preprocessing: CardPreprocessing): DataSet {
  const classes = foldersIn(root).filter((name) => !name.startsWith('.')).sort();
  const files = classes.map((name) => filesIn(join(root, name)).filter((file) => IMAGE.test(file)).sort().map((file) => `${name}/${file}`));
  const all = files.flat();
  if (all.length === 0) fail('T301', root, `${classes.length} folders and no images in them`, { limit: 'JPEG or PNG files in a folder for each class' });
  const labels = Int32Array.from(files.flatMap((names, label) => names.map(() => label)));
  return imageDataSet(place, all.length, (index) => ({ name: all[index], root, file: all[index] }), labels, preprocessing);
}
