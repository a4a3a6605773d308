export { findNative, listNative, type NativeFolder, type NativeInstall, nativeRoot } from './install.js';
export { loadNative, nativeUsesGpu } from './load.js';
export { removeNative, type SetUpOptions, setUpNative } from './setup.js';
