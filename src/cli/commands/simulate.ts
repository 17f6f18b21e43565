/** Writes a simulated shop whose true values, tastes and effects are known. */
import { resolve } from 'node:path';
import { writeShop } from '#simulate/index.ts';
import type { Command } from '../command.ts';
import { peakRssMb, seedOf, text, withCompute } from '../values.ts';

export const simulate: Command = {
  name: 'simulate',
  about: 'write a shop whose true values, tastes and effects are known',
  options: {
    customers: { type: 'number', value: 'N', about: 'how many customers', required: true },
    out: { type: 'text', value: 'DIR', about: 'folder for the tables, pictures, mapping and truth', required: true },
  },
  run: (values, _words, context) =>
    withCompute(values, context, async (compute) => {
      context.progress.stage('simulate');
      const written = await writeShop(
        {
          customers: Number(values.customers),
          seed: seedOf(values),
          out: resolve(text(values, 'out')),
          onProgress: ({ done, total, stage }) => context.progress.step(done, total, stage),
        },
        compute,
      );
      return { ...written, peakRssMb: peakRssMb() };
    }),
};
