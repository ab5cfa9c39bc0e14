import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { KeyStateListSchema, KeyStateSchema } from '../../rotation/key-state-schema.ts';
import { CheckResponseSchema } from '../check/check-response.ts';
import { AcknowledgeBodySchema, AcknowledgeResponseSchema } from '../consumers/acknowledge-endpoint.ts';
import { RotationDetailSchema, RotationListSchema } from '../history/rotation-detail.ts';
import { ProblemSchema } from '../problems/problem.ts';
import { DryRunResponseSchema } from '../rotate/dry-run-response.ts';
import { RotateBodySchema } from '../rotate/rotate-request.ts';
import { RotateResponseSchema } from '../rotate/rotate-response.ts';
import { GatewayErrorSchema } from './gateway-error.ts';

/** The schemas that the document names. They are the ones that validate requests and describe responses. */
export const COMPONENTS = {
  RotateRequest: RotateBodySchema,
  RotateResponse: RotateResponseSchema,
  DryRunResponse: DryRunResponseSchema,
  CheckResponse: CheckResponseSchema,
  RotationDetail: RotationDetailSchema,
  RotationList: RotationListSchema,
  KeyState: KeyStateSchema,
  KeyStateList: KeyStateListSchema,
  AcknowledgeRequest: AcknowledgeBodySchema,
  AcknowledgeResponse: AcknowledgeResponseSchema,
  Problem: ProblemSchema,
  GatewayError: GatewayErrorSchema,
} as const;

/** A schema as JSON Schema, without the dialect: OpenAPI 3.1 states it once for the whole document. */
export function jsonSchema(schema: v.GenericSchema, typeMode: 'input' | 'output' = 'input') {
  const { $schema: _dialect, ...rest } = toJsonSchema(schema, {
    typeMode,
    errorMode: 'ignore',
    target: 'draft-2020-12',
  });
  return rest;
}

/** A reference to one of the named schemas. */
export function reference(name: keyof typeof COMPONENTS) {
  return { $ref: `#/components/schemas/${name}` };
}

/** All named schemas as JSON Schema. */
export function componentSchemas() {
  return Object.fromEntries(Object.entries(COMPONENTS).map(([name, schema]) => [name, jsonSchema(schema)]));
}
