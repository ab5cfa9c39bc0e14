import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import pMap from 'p-map';
import * as v from 'valibot';
import type { Grants } from '../../config/grants.ts';
import { LEVELS } from '../../rotation/api-credential.ts';
import { AFTER_ALL_IDS, type ListCredentials } from '../../rotation/credential-list.ts';
import { identifier } from '../../rotation/identifier.ts';
import { KEY_STATE_NAMES } from '../../rotation/key-state-names.ts';
import type { KeyStateListSchema } from '../../rotation/key-state-schema.ts';
import type { KeyStates } from '../../rotation/read-key-state.ts';
import { grantsOf } from '../auth/grant.ts';
import type { Permitted } from '../auth/scope.ts';
import { decodeCursor, encodeCursor } from '../history/cursor.ts';
import { type HttpResponse, jsonResponse } from '../http-response.ts';
import { limit, parseQuery, time } from '../query.ts';
import type { StateEndpoint } from './state-endpoint.ts';

/** How many API credentials are read at once. */
const AT_ONCE = 20;

/** The query of `GET /v1/apiCredentials`. */
export const StateListQuerySchema = v.strictObject({
  limit,
  cursor: v.exactOptional(v.string()),
  state: v.exactOptional(v.picklist(KEY_STATE_NAMES, `must be one of: ${KEY_STATE_NAMES.join(', ')}`)),
  dueBefore: v.exactOptional(time),
});

/** A position as text: the account and the id, or `~` behind the whole account. */
const PositionSchema = v.pipe(
  v.string(),
  v.transform((text) => {
    const [account = '', id = '', ...rest] = text.split('#');
    const [level, accountId, ...more] = account.split('/');
    return { account, id, level, accountId, isWhole: rest.length + more.length === 0 };
  }),
  v.object({
    account: v.string(),
    id: v.union([identifier, v.literal(AFTER_ALL_IDS)]),
    level: v.picklist(LEVELS),
    accountId: identifier,
    isWhole: v.literal(true),
  }),
);

/**
 * Makes the list of the states of keys. Each page reads so many API credentials; a filter then leaves some of them out, as
 * DynamoDB's own filters do, so that a page costs the same whatever it is filtered by.
 */
export function createStateListEndpoint(deps: {
  states: Pick<KeyStates, 'readSummary'>;
  listCredentials: ListCredentials;
  /** As they are now. */
  grants: () => Grants;
}): StateEndpoint {
  const { states, listCredentials, grants } = deps;

  return async (
    event: APIGatewayProxyEventV2,
    reader: Permitted<'rotations:read'>,
  ): Promise<HttpResponse> => {
    const { cursor, state, dueBefore, ...query } = parseQuery(StateListQuerySchema, event);
    const after = cursor === undefined ? undefined : decodeCursor(cursor, PositionSchema);
    const page = await listCredentials(grantsOf(grants(), reader), after, query.limit);
    const found = await pMap(page.credentials, states.readSummary, { concurrency: AT_ONCE });
    const apiCredentials = found
      .filter((one) => one !== undefined)
      .filter((one) => state === undefined || one.state === state)
      .filter(({ dueAt }) => dueBefore === undefined || (dueAt !== undefined && dueAt < dueBefore));
    const { next } = page;
    const body: v.InferOutput<typeof KeyStateListSchema> = {
      apiCredentials,
      ...(next && { nextCursor: encodeCursor(`${next.account}#${next.id}`) }),
    };
    return jsonResponse(body);
  };
}
