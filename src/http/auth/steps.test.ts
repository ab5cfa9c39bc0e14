import { expect, it } from 'vitest';
import { httpEvent, lambdaContext, rotateEvent } from '../../../test/support/http-event.ts';
import { credential } from '../../../test/support/rotations.ts';
import type { Grants } from '../../config/grants.ts';
import { parseCredentialPattern } from '../../rotation/credential-pattern.ts';
import type { HistoryEndpoints } from '../history/history-endpoints.ts';
import { parseCredential } from '../parse-credential.ts';
import type { RotateEndpoint } from '../rotate/rotate-endpoint.ts';
import { parseRotateRequest } from '../rotate/rotate-request.ts';
import type { Authenticate } from './authenticate.ts';
import type { Caller } from './caller.ts';
import { findGrant, grantsOf, requireGrant } from './grant.ts';
import { requireScope } from './scope.ts';

const event = rotateEvent(credential);
const context = lambdaContext();
const caller: Caller = {
  subject: 'app',
  grantees: ['subject:app'],
  scopes: new Set(['apikeys:rotate', 'rotations:read']),
};
const grants: Grants = new Map([['subject:app', [parseCredentialPattern('merchants/*/apiCredentials/*')]]]);

const permitted = requireScope(caller, 'apikeys:rotate');
const reader = requireScope(caller, 'rotations:read');
const target = parseCredential(event, permitted);
const granted = requireGrant(grants, target);
const request = parseRotateRequest(event, granted);

it('each step adds its result for the next one', () => {
  expect(permitted).toEqual({ ...caller, permittedScope: 'apikeys:rotate' });
  expect(target).toEqual({ caller: permitted, credential });
  expect(granted).toEqual({ ...target, grant: grants.get('subject:app')?.[0] });
  expect(request).toEqual({ request: { force: false }, dryRun: false });
});

it('a grant of another caller does not count', () => {
  expect(findGrant(new Map([['subject:other', grants.get('subject:app') ?? []]]), target)).toBeUndefined();
});

it('no step can be left out or taken too early', () => {
  // The check is `tsc`, which fails if one of these lines compiles. Nothing runs them.
  const wrong = (authenticate: Authenticate, rotate: RotateEndpoint, read: HistoryEndpoints) => [
    // @ts-expect-error the token has not been verified yet
    () => requireScope(authenticate(event), 'apikeys:rotate'),
    // @ts-expect-error the caller has not passed a scope
    () => parseCredential(event, caller),
    // @ts-expect-error the caller has not passed a scope
    () => requireGrant(grants, { caller, credential }),
    // @ts-expect-error the path has not been parsed
    () => requireGrant(grants, permitted),
    // @ts-expect-error the caller has not passed a scope
    () => grantsOf(grants, caller),
    // @ts-expect-error no grant has been found
    () => parseRotateRequest(event, target),
    // @ts-expect-error the grant is one of another scope
    () => parseRotateRequest(event, requireGrant(grants, parseCredential(event, reader))),
    // @ts-expect-error no grant has been found
    () => rotate({ event, context, granted: target, request }),
    // @ts-expect-error a grant may be missing
    () => rotate({ event, context, granted: findGrant(grants, target), request }),
    // @ts-expect-error the request has not been parsed
    () => rotate({ event, context, granted }),
    // @ts-expect-error the caller has not passed a scope
    () => read(httpEvent('GET /v1/rotations'), caller),
    // @ts-expect-error the scope is not the one for reads
    () => read(httpEvent('GET /v1/rotations'), permitted),
  ];
  expect(wrong).toBeTypeOf('function');
});
