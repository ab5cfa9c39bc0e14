import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Fault } from './faults.ts';
import type { AdyenResponse } from './operations.ts';

/**
 * Responds to a call as Adyen does, or as the fault says.
 *
 * @param process carries out the call; its response is not sent if the fault replaces it
 */
export async function respond(
  fault: Fault | undefined,
  process: () => AdyenResponse,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  switch (fault?.kind) {
    case undefined:
      return send(reply, process());
    case 'latency': {
      if (fault.when === 'before') await sleep(fault.ms);
      const response = process();
      if (fault.when === 'after') await sleep(fault.ms);
      return send(reply, response);
    }
    case 'cut':
      if (fault.when === 'after') process();
      return cut(request, reply);
    case 'late':
      // The route has already put the call on the list of late calls.
      return cut(request, reply);
    case 'respond':
      if (fault.processed) process();
      return reply.code(fault.status).headers(fault.headers).send(fault.body);
    case 'never-ending':
      return sendForever(process(), fault.bytesPerSecond, reply);
    case 'partial-body':
      return sendHalf(process(), request, reply);
  }
}

function cut(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  request.raw.socket.destroy();
  return reply.hijack();
}

function sendForever({ status }: AdyenResponse, bytesPerSecond: number, reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.writeHead(status, { 'Content-Type': 'application/json' });
  const timer = setInterval(() => reply.raw.write(' '.repeat(bytesPerSecond / 100)), 10);
  reply.raw.once('close', () => clearInterval(timer));
  return reply;
}

function sendHalf(
  { status, body }: AdyenResponse,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  reply.hijack();
  const text = JSON.stringify(body);
  reply.raw.writeHead(status, { 'Content-Length': text.length });
  reply.raw.write(text.slice(0, text.length / 2), () => request.raw.socket.destroy());
  return reply;
}

/** Adyen gives the request's id in the header `pspreference`. */
function send(reply: FastifyReply, { status, body, requestId }: AdyenResponse): FastifyReply {
  return reply.code(status).header('pspreference', requestId).send(body);
}
