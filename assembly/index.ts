export { heapBase } from './scalar/layout';
export { productScalar } from './scalar/product';
export { copyScalar, fill16, fillFloat } from './scalar/copy';
export { copyBoxScalar, gatherScalar } from './scalar/gather';
export { maximumFloatScalar, maximumScalar } from './scalar/maximum';
export { productSimd } from './simd128/product';
export { copySimd } from './simd128/copy';
export { copyBoxSimd, gatherSimd } from './simd128/gather';
export { maximumFloatSimd, maximumSimd } from './simd128/maximum';
