import * as v from 'valibot';
import { ResourcesSchema } from './template.ts';

const record = v.record(v.string(), v.unknown());

/** The parts of a compiled CloudFormation template that depend on settings. */
export const CompiledTemplateSchema = v.looseObject({
  Parameters: v.optional(v.record(v.string(), v.looseObject({ Default: v.optional(v.unknown()) })), {}),
  Resources: ResourcesSchema,
});
export type CompiledTemplate = v.InferOutput<typeof CompiledTemplateSchema>;

const FunctionSchema = v.looseObject({
  Environment: v.optional(v.looseObject({ Variables: v.optional(record, {}) }), {}),
  Role: v.optional(v.unknown()),
});
const ParameterSchema = v.strictObject({ Ref: v.string() });
const RoleSchema = v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.literal('Arn')]) });

/** A function in the template: its role's logical id, and its settings as far as they are known before the deployment. */
export type CompiledFunction = Readonly<{
  id: string;
  roleId: string | undefined;
  settings: Readonly<Record<string, string | undefined>>;
}>;

/** The functions of a template. A setting that CloudFormation fills in later is `undefined`. */
export function functionsOf({
  Resources: resources,
  Parameters: parameters,
}: CompiledTemplate): CompiledFunction[] {
  return Object.entries(resources)
    .filter(([, { Type }]) => Type === 'AWS::Lambda::Function')
    .map(([id, { Properties }]) => {
      const { Environment, Role } = v.parse(FunctionSchema, Properties);
      const role = v.safeParse(RoleSchema, Role);
      const settings = Object.entries(Environment.Variables ?? {}).map(([name, value]) => [
        name,
        textOf(value, parameters),
      ]);
      return {
        id,
        roleId: role.success ? role.output['Fn::GetAtt'][0] : undefined,
        settings: Object.fromEntries(settings),
      };
    });
}

function textOf(value: unknown, parameters: CompiledTemplate['Parameters']): string | undefined {
  if (typeof value !== 'object' || value === null) return String(value ?? '');
  const reference = v.safeParse(ParameterSchema, value);
  const parameter = reference.success ? parameters[reference.output.Ref]?.Default : undefined;
  return parameter === undefined ? undefined : String(parameter);
}
