/** How long the previous key works after the next one was made (ms). */
const OVERLAP_MS = 24 * 60 * 60_000;

/** A key at Adyen. */
export type LedgerKey = {
  readonly text: string;
  readonly credential: string;
  readonly madeAt: number;
  readonly usableFrom: number;
  /** The call that made it; absent if a person made it, or it was there from the beginning. */
  readonly callId: number | undefined;
  readonly isByPerson: boolean;
  endsAt: number;
  /** What set its end: the next key, or a person. */
  endedBy?: LedgerKey | 'person';
};

/** Adyen's own book of the keys of all API credentials. It is the truth, and Keyturn cannot read it. */
export type Ledger = Readonly<{
  /** Makes a key that works from `usableFrom` on. The keys before it end 24 hours later. */
  generate(
    key: Readonly<{
      text: string;
      credential: string;
      at: number;
      usableFrom: number;
      callId?: number;
      isByPerson?: boolean;
    }>,
  ): LedgerKey;
  /** A person ends a key at once. */
  end(key: LedgerKey, at: number): void;
  find(text: string): LedgerKey | undefined;
  keysOf(credential: string): readonly LedgerKey[];
}>;

export function createLedger(): Ledger {
  const byText = new Map<string, LedgerKey>();
  const byCredential = new Map<string, LedgerKey[]>();

  return {
    generate({ text, credential, at, usableFrom, callId, isByPerson = false }) {
      const own = byCredential.get(credential) ?? [];
      byCredential.set(credential, own);
      const key: LedgerKey = {
        text,
        credential,
        madeAt: at,
        usableFrom,
        callId,
        isByPerson,
        endsAt: Number.POSITIVE_INFINITY,
      };
      for (const older of own) {
        if (older.endsAt <= at + OVERLAP_MS) continue;
        older.endsAt = at + OVERLAP_MS;
        older.endedBy = key;
      }
      own.push(key);
      byText.set(text, key);
      return key;
    },
    end(key, at) {
      if (key.endsAt <= at) return;
      key.endsAt = at;
      key.endedBy = 'person';
    },
    find: (text) => byText.get(text),
    keysOf: (credential) => byCredential.get(credential) ?? [],
  };
}

export function works(key: LedgerKey | undefined, at: number): boolean {
  return key !== undefined && key.usableFrom <= at && at < key.endsAt;
}
