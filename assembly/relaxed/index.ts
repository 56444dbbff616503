export { productRelaxed } from './product';
export { composedRelaxed } from './composed';
export { dotOfBytes, productBytes } from './bytes';
