import type { Cell } from '../types.js';
import { ASMIL_CONFIG } from './asmil-grid.js';

/** The paper's name of each method, in its order, and the registry's. */
export const METHODS: Readonly<Record<string, string>> = {
  ABMIL: 'abmil',
  'CLAM-SB': 'clam-sb',
  TransMIL: 'transmil',
  DSMIL: 'dsmil',
  'DTFD-MIL': 'dtfd-mil',
  IBMIL: 'ibmil',
  'MHIM-MIL': 'mhim-mil',
  ACMIL: 'acmil',
  CAMIL: 'camil',
  AEM: 'aem',
  HDMIL: 'hdmil',
  ASMIL: 'asmil',
};

/** Methods by the paper's names as cells with their default settings; ASMIL is what the others are compared with. */
export function methodCells(methods: readonly string[]): Cell[] {
  return methods.map((method) => {
    const name = METHODS[method]!;
    return {
      key: name,
      label: method,
      factors: { method },
      ...(name === 'asmil' ? { reference: true } : {}),
      model: { name, config: name === 'asmil' ? ASMIL_CONFIG : {} },
    };
  });
}
