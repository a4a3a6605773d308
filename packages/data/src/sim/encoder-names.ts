/** Whose features a simulated cohort can imitate. A module of its own: command lines name them before anything is loaded. */
export const ENCODER_NAMES = ['vit-s', 'resnet18', 'pathgen-clip', 'uni'] as const;
export type EncoderName = (typeof ENCODER_NAMES)[number];
