import { UserError } from '@asmil/core';

type Sharp = typeof import('sharp')['default'];
type Onnx = typeof import('onnxruntime-node');

let sharp: Promise<Sharp> | undefined;

/** The library that reads and writes pictures, loaded when first needed. One thread a picture: many tiles are read at once. */
export function loadSharp(): Promise<Sharp> {
  sharp ??= import('sharp').then(
    ({ default: library }) => {
      library.concurrency(1);
      library.cache(false); // a slide may have been replaced under its name
      return library;
    },
    (error: Error) => {
      throw missing('sharp', error);
    },
  );
  return sharp;
}

/** The library that runs encoders, loaded when first needed. */
export function loadOnnx(): Promise<Onnx> {
  return import('onnxruntime-node').then(
    (module) => (module as unknown as { default?: Onnx }).default ?? module,
    (error: Error) => {
      throw missing('onnxruntime-node', error);
    },
  );
}

const missing = (name: string, error: Error): UserError =>
  new UserError(`the package ${name} cannot be loaded here (${error.message.split('\n')[0]}); run pnpm install`);
