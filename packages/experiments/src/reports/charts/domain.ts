/** Share of an axis that stays free at each end. */
const MARGIN = 0.08;

/** The range of the values with room for marks at its ends; on a logarithmic axis (values above 0) by factors. */
export function roomAround(values: readonly number[], log = false): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (log) {
    const factor = (high / low) ** MARGIN;
    return [low / factor, high * factor];
  }
  const margin = (high - low || Math.abs(high) || 1) * MARGIN;
  return [low - margin, high + margin];
}
