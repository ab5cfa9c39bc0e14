import * as v from 'valibot';

const properties = v.record(v.string(), v.unknown());

/** A statement of a policy. */
const StatementSchema = v.looseObject({
  Effect: v.string(),
  Action: v.union([v.string(), v.array(v.string())]),
  Resource: v.unknown(),
});
export type Statement = v.InferOutput<typeof StatementSchema>;

const PolicySchema = v.looseObject({
  PolicyDocument: v.looseObject({ Statement: v.array(StatementSchema) }),
});
/** The properties of a role as the framework makes it: with one policy of its own. */
const RoleSchema = v.looseObject({ Policies: v.strictTuple([PolicySchema]) });

/** The resources of a CloudFormation template, by logical id. */
export const ResourcesSchema = v.record(
  v.string(),
  v.looseObject({
    Type: v.string(),
    Condition: v.optional(v.string()),
    Properties: v.optional(properties, {}),
  }),
);
export type Resources = v.InferOutput<typeof ResourcesSchema>;
type Resource = Resources[string];

/** The functions in serverless.yml, by name. */
export const FunctionsSchema = v.record(
  v.string(),
  v.looseObject({ environment: v.optional(properties, {}) }),
);
export type Functions = v.InferOutput<typeof FunctionsSchema>;

/** The same resources, each one changed. */
export function mapResources(
  resources: Resources,
  change: (resource: Resource, id: string) => Resource,
): Resources {
  return Object.fromEntries(Object.entries(resources).map(([id, resource]) => [id, change(resource, id)]));
}

/** Whether a resource is the role of a function, by the name that the framework gives it. */
export function isFunctionRole(id: string): boolean {
  return id.endsWith('IamRoleLambdaExecution');
}

/** The same role with more statements, which may depend on those that it has. */
export function addStatements(
  role: Resource,
  more: (statements: readonly Statement[]) => Statement[],
): Resource {
  const properties = v.parse(RoleSchema, role.Properties);
  const [{ PolicyDocument, ...policy }] = properties.Policies;
  const Statement = [...PolicyDocument.Statement, ...more(PolicyDocument.Statement)];
  const Policies = [{ ...policy, PolicyDocument: { ...PolicyDocument, Statement } }];
  return { ...role, Properties: { ...properties, Policies } };
}
