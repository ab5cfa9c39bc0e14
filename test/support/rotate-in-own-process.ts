import type { RotateEvent } from '../../src/http/http-event.ts';
import { lambdaContext, rotateEvent } from './http-event.ts';

// A function in a process of its own, so that a test can kill it in the middle of a call.
const { handler } = await import('../../src/handlers/rotate.ts');
const [credential, token] = process.argv.slice(2);
const event = rotateEvent(JSON.parse(credential ?? ''), { headers: { authorization: `Bearer ${token}` } });
// The chain's own middlewares make the event what the handler's type says.
await handler(event as RotateEvent, lambdaContext());
