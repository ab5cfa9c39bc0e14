import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Fault } from './faults.ts';
import type { Answer } from './operations.ts';

/** Answers a call as Adyen does, or as the fault that befalls it says. */
export async function answerWith(
  fault: Fault | undefined,
  process: () => Answer,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  switch (fault?.kind) {
    case undefined:
      return send(reply, process());
    case 'latency': {
      if (fault.when === 'before') await sleep(fault.ms);
      const answer = process();
      if (fault.when === 'after') await sleep(fault.ms);
      return send(reply, answer);
    }
    case 'cut':
      if (fault.when === 'after') process();
      return cut(request, reply);
    case 'late':
      // Its processing is put off by whoever knows the simulator's time.
      return cut(request, reply);
    case 'respond':
      if (fault.processed) process();
      return reply.code(fault.status).headers(fault.headers).send(fault.body);
    case 'never-ending':
      return sendForEver(process(), fault.bytesPerSecond, reply);
    case 'partial-body': {
      const { status, body } = process();
      reply.hijack();
      const text = JSON.stringify(body);
      reply.raw.writeHead(status, { 'Content-Length': text.length });
      reply.raw.write(text.slice(0, text.length / 2), () => request.raw.socket.destroy());
      return reply;
    }
  }
}

function cut(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  request.raw.socket.destroy();
  return reply.hijack();
}

function sendForEver({ status }: Answer, bytesPerSecond: number, reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.writeHead(status, { 'Content-Type': 'application/json' });
  const timer = setInterval(() => reply.raw.write(' '.repeat(bytesPerSecond / 100)), 10);
  reply.raw.once('close', () => clearInterval(timer));
  return reply;
}

/** As Adyen answers: the request's id is in the header `pspreference`. */
function send(reply: FastifyReply, { status, body, requestId }: Answer): FastifyReply {
  return reply.code(status).header('pspreference', requestId).send(body);
}
