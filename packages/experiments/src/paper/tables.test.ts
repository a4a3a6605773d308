import { describe, expect, it } from 'vitest';
import { paperTable, paperValue } from './tables.js';

describe("the paper's tables", () => {
  it('has all sixteen, each with rows and a caption', () => {
    for (let number = 1; number <= 16; number += 1) {
      const table = paperTable(number);
      expect(table.rows.length).toBeGreaterThan(0);
      expect(table.caption).not.toBe('');
    }
    expect(() => paperTable(17)).toThrow('the paper has no Table 17: its tables are numbered 1 to 16');
  });

  it('has Table 10 as printed: m = 0.999 best on both data sets', () => {
    const rows = paperTable(10).rows;
    expect(rows).toHaveLength(14);
    const value = (dataset: string, m: number, column: string) =>
      paperValue(rows.find((row) => row.dataset === dataset && row.ema_m === m)!, column);
    expect(value('BRACS', 0.999, 'F1')).toEqual({ mean: 0.781, std: 0.042 });
    expect(value('BRACS', 0, 'AUC')).toEqual({ mean: 0.8489, std: 0.011 });
    expect(value('CAMELYON-16', 0.9999, 'AUC')).toEqual({ mean: 0.982, std: 0.003 });
  });

  it('keeps the two encoders of Table 1 apart and names every method', () => {
    const rows = paperTable(1).rows;
    const abmil = rows.filter((row) => row.method === 'ABMIL' && row.dataset === 'BRACS');
    expect(abmil.map((row) => [row.backbone, paperValue(row, 'F1').mean])).toEqual([
      ['ResNet-18 (ImageNet)', 0.523],
      ['ViT-S (medical self-supervised)', 0.68],
    ]);
    expect(rows.filter((row) => !row.method)).toEqual([]);
  });

  it('gives a number without std as such and refuses text', () => {
    const row = paperTable(12).rows[0]!;
    expect(paperValue(row, 'Dice')).toEqual({ mean: 0.459, std: null });
    expect(() => paperValue(row, 'method')).toThrow('holds CLAM-SB, not a number');
  });
});
