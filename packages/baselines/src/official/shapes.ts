import { UserError } from '@asmil/core';

/** Names and shapes of a state dictionary, from which a model's settings are read. */
export class Shapes {
  constructor(
    readonly all: ReadonlyMap<string, readonly number[]>,
    /** The model that the names are expected to belong to. */
    readonly model: string,
  ) {}

  has(name: string): boolean {
    return this.all.has(name);
  }

  /** One side of a tensor that the model always has. */
  side(name: string, axis: number): number {
    const shape = this.all.get(name);
    if (shape === undefined) {
      const found = [...this.all.keys()].slice(0, 4).join(', ');
      throw new UserError(`no ${name}, which every ${this.model} has; found ${found}, … Is it another model?`);
    }
    const side = shape[axis];
    if (side === undefined || side < 1)
      throw new UserError(`${name} has shape [${shape}], expected at least ${axis + 1} axes and no empty one`);
    return side;
  }

  /** How many tensors `PREFIX.0.SUFFIX`, `PREFIX.1.SUFFIX`, … there are; at least one. */
  count(prefix: string, suffix: string): number {
    let n = 0;
    while (this.has(`${prefix}.${n}${suffix}`)) n++;
    if (n === 0) this.side(`${prefix}.0${suffix}`, 0); // says what is missing
    return n;
  }
}
