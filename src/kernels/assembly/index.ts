// What the compiled kernels export. Each file here has a plain twin of the same name in ../plain/.
export { heapBase, setWorker } from './memory';
