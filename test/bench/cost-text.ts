import { numbersTable } from '../../src/local/docs/table.ts';
import { countOf, dollars } from './format.ts';
import { billedMs, lambdaDollars, monthlyBill, type Speed, WAITING_MS } from './price.ts';
import { DEPLOYED_MB } from './speed-tables.ts';

const MEMORY_MB = [256, 512, 1024];
const ROTATIONS_PER_MONTH = [1, 1_000, 1_000_000];

/** What rotations cost: Lambda's part by memory, and the bill for a month. */
export function costText(speed: Speed): string {
  return [
    `List prices of us-east-1 on arm64, without free tiers. Billed time is estimated: ${WAITING_MS} ms of waiting for Adyen and AWS, and the processor time above, measured on x64 and scaled to the share of a processor that the memory buys.`,
    lambdaTable(speed),
    `A month with ${DEPLOYED_MB} MB. Up to a thousand rotations all are taken to be cold, at a million none.`,
    billTable(speed),
  ].join('\n\n');
}

function lambdaTable(speed: Speed): string {
  return numbersTable(
    ['memory', 'cold: billed (ms)', 'a million', 'warm: billed (ms)', 'a million'],
    MEMORY_MB.map((mb) => [
      `${mb} MB`,
      ...[true, false].flatMap((isCold) => {
        const ms = billedMs(speed, mb, isCold);
        return [ms.toFixed(0), `$${(lambdaDollars(ms, mb) * 1e6).toFixed(2)}`];
      }),
    ]),
  );
}

function billTable(speed: Speed): string {
  const bills = ROTATIONS_PER_MONTH.map((rotations) => monthlyBill(rotations, speed, DEPLOYED_MB));
  const lines = (bills[0] ?? []).map(({ what }, index) => [
    what,
    ...bills.map((bill) => dollars(bill[index]?.dollars ?? Number.NaN)),
  ]);
  const sums = bills.map((bill) => dollars(bill.reduce((sum, line) => sum + line.dollars, 0)));
  return numbersTable(
    ['', ...ROTATIONS_PER_MONTH.map((rotations) => countOf(rotations, 'rotation'))],
    [...lines, ['**sum**', ...sums.map((sum) => `**${sum}**`)]],
  );
}
