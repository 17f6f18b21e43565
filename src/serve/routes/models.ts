/** The models in use. */
import { type App, type Current, failures } from '../app-type.ts';
import { modelOf, modelsOf } from '../models.ts';
import { ModelParams, ModelReply, ModelsReply } from '../schemas-models.ts';

export function modelRoutes(app: App, store: Current): void {
  const tags = ['models'];
  app.get(
    '/api/v1/models',
    {
      schema: {
        operationId: 'getModels',
        tags,
        summary: 'The models in use, and what each was learned from',
        response: { 200: ModelsReply, ...failures },
      },
    },
    async () => modelsOf(store()),
  );
  app.get(
    '/api/v1/models/:name',
    {
      schema: {
        operationId: 'getModel',
        tags,
        summary: 'What one model was chosen from, how it did beside simple rules, and what it goes by',
        params: ModelParams,
        response: { 200: ModelReply, ...failures },
      },
    },
    async (request) => modelOf(store(), request.params.name),
  );
}
