import type { FastifyInstance } from 'fastify';
import * as v from 'valibot';
import type { Credentials } from './credentials.ts';
import { FaultSchema, type Faults } from './faults.ts';

/** Adds the routes under `/_simulator`, which order faults and count the generated keys. */
export function addControlApi(app: FastifyInstance, credentials: Credentials, faults: Faults): void {
  app.post('/_simulator/faults', async (request, reply) => {
    const fault = v.safeParse(FaultSchema, request.body);
    if (!fault.success) return reply.code(400).send(v.flatten(fault.issues));
    faults.order(fault.output);
    return reply.code(204).send();
  });

  app.delete('/_simulator/faults', async (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });

  app.get<{ Querystring: { credential?: string } }>('/_simulator/generated', async ({ query }) => ({
    generated: credentials.generated(query.credential),
  }));
}
