import { lambdaContext, rotateEvent } from './http-event.ts';

// Runs the rotate function in its own process, so that a test can kill it in the middle of a call.
const { handler } = await import('../../src/handlers/rotate.ts');
const [credential, token] = process.argv.slice(2);
const event = rotateEvent(JSON.parse(credential ?? ''), { headers: { authorization: `Bearer ${token}` } });
await handler(event, lambdaContext());
