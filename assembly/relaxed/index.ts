export { productRelaxed } from './product';
export { addsInOne, composedRelaxed } from './composed';
