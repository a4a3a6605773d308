/** How a model is trained. Everything here changes the result and so belongs to a run's identity. */
export interface TrainConfig {
  readonly optimiser: 'adam' | 'adamw';
  /** Learning rate at the start (after the warm-up). */
  readonly lr: number;
  /** adam: added to the gradient (PyTorch's `Adam(weight_decay)`); adamw: decoupled. */
  readonly weightDecay: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly epochs: number;
  /** Warm-up in epochs; 0 for none. */
  readonly warmup: number;
  readonly schedule: 'cosine' | 'constant';
  /** Largest L2 norm of the whole gradient, or null for no clipping. */
  readonly clip: number | null;
  /** `best`: the epoch with the largest validation macro F1 + macro AUC (first wins); `last`: the last epoch. */
  readonly select: 'best' | 'last';
}
