import { vi } from 'vitest';

// A test shares its event loop with the local services. On a busy machine the loop may notice a connection only after
// the timeouts of the functions' AWS clients (500 ms and 1.5 s), and the fake clock of the durable runner jumps past
// them. Neither says anything about the code under test.
vi.mock('../../src/wiring/aws-client-options.ts', () => ({ awsClientOptions: { maxAttempts: 2 } }));
