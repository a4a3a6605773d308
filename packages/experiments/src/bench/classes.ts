/** Classes of the synthetic bags. */
export const CLASSES = 2;
