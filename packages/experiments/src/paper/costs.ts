import type { PaperCost } from '../measure/types.js';
import { type PaperTableRow, paperTable, paperValue } from './tables.js';

/** The rows of a table on cost (13 or 14), each beside the cell that `cellOf` names. */
export function paperCosts(table: number, cellOf: (row: PaperTableRow) => string): PaperCost[] {
  return paperTable(table).rows.map((row) => {
    const value = (column: string): number => paperValue(row, column).mean;
    return {
      cell: cellOf(row),
      trainSeconds: value('train_time_per_epoch_s'),
      trainMb: value('train_memory_MB'),
      macsMillions: value('inference_flops_M'),
      inferSeconds: value('inference_time_s'),
      inferMb: value('inference_memory_MB'),
    };
  });
}
