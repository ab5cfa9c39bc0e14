/** What each state of an API credential's key means, the most urgent one first: that one is told. */
export const KEY_STATES = {
  dead: 'The key in use was seen dead, and no other one has replaced it yet.',
  stalled: 'The last rotation has led to no key that works, or may have made one that did not arrive.',
  quarantined: 'The last rotation has an unknown outcome, and no other one may start yet.',
  pending: 'A new key is being made, or is not in use yet.',
  overlap: 'The previous key still works, or another rotation would need `force`.',
  due: 'The key in use is older than `KEY_MAX_AGE_DAYS`, or will be soon.',
  ok: 'None of the other states.',
} as const;

export type KeyStateName = keyof typeof KEY_STATES;

// Object.keys forgets the type of the keys.
export const KEY_STATE_NAMES = Object.keys(KEY_STATES) as KeyStateName[];
