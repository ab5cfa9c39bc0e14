/** The Lambda functions of serverless.yml. */
export const FUNCTION_NAMES = [
  'rotate',
  'workflow',
  'secretRotation',
  'rotations',
  'state',
  'consumers',
  'sweep',
  'checkKeys',
  'checkKey',
  'enrolCredentials',
  'openapi',
  'health',
  'problems',
  'console',
  'pages',
] as const;

export type FunctionName = (typeof FUNCTION_NAMES)[number];
