// Loaded before a function. Records the begin and end of each HTTP call, and sends the records when it gets a message.
import { subscribe } from 'node:diagnostics_channel';

const starts = new WeakMap();
let calls = [];
const now = () => performance.timeOrigin + performance.now();

subscribe('http.client.request.start', ({ request }) => starts.set(request, now()));
subscribe('http.client.response.finish', ({ request, response }) => {
  const startedAt = starts.get(request);
  const target = request.getHeader('x-amz-target') ?? `${request.method} ${request.path}`;
  response.once('end', () => calls.push({ target, startedAt, endedAt: now() }));
});
process.on('message', () => {
  process.send(calls);
  calls = [];
});
process.channel.unref();
