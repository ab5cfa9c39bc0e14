import * as v from 'valibot';
import { parseAnchor } from '../../../src/rotation/anchor.ts';
import { RotationSchema } from '../../../src/rotation/rotation.ts';
import { type FoundRecord, verifyChain } from '../../../src/rotation/verify-chain.ts';
import type { Evidence } from '../world.ts';

/** The API credentials whose records do not verify, with the anchors that the log has. */
export async function brokenChains({ table, facts, end }: Evidence): Promise<string[]> {
  const anchors = [...facts.anchors].flatMap((text) => parseAnchor(text) ?? []);
  const broken: string[] = [];
  for (const credential of table.credentials()) {
    const own = anchors.filter((anchor) => anchor.credential === credential);
    const result = await verifyChain(recordsOf(credential), end, own);
    if (result.broken) broken.push(`${credential}: number ${result.broken.number}, ${result.broken.reason}`);
  }
  return broken;

  async function* recordsOf(credential: string): AsyncGenerator<FoundRecord> {
    for (const rotation of table.all(credential)) yield { number: rotation.number, rotation, isExact: true };
  }
}

export function unreadableRecords({ table }: Evidence): string[] {
  return table
    .credentials()
    .flatMap((credential) => table.all(credential))
    .flatMap((rotation) =>
      v.safeParse(RotationSchema, rotation).success ? [] : [`rotation ${rotation.id}`],
    );
}
