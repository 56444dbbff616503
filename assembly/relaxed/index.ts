export { productRelaxed } from './product';
