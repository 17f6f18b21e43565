/** The allocation simulator: what other budgets, aims and simpler targeting would bring. */
import type { z } from 'zod';
import { type App, type Current, failures } from '../app-type.ts';
import { campaignSimulator } from '../planner.ts';
import { simulationOf } from '../planning.ts';
import { SimulationBody, SimulationReply } from '../schemas-allocation.ts';

export function allocationRoutes(app: App, store: Current): void {
  app.post(
    '/api/v1/allocation/simulate',
    {
      schema: {
        operationId: 'simulateAllocation',
        tags: ['campaigns'],
        summary:
          'A plan with its budget curve, simpler targeting beside it, and the front of profit against retention; writes nothing',
        body: SimulationBody,
        response: { 200: SimulationReply, ...failures },
      },
    },
    async (request) => {
      const { basis, ...simulation } = await simulationOf(store(), campaignSimulator, request.body);
      const from = 'campaigns' in basis ? basis : { campaigns: [], people: 0 };
      // the schema's arrays may be written to; nobody does
      return {
        ...simulation,
        basis: { kind: basis.kind, campaigns: from.campaigns, people: from.people, notes: basis.notes },
      } as unknown as z.infer<typeof SimulationReply>;
    },
  );
}
