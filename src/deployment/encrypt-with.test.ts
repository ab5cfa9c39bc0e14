import * as v from 'valibot';
import { expect, it } from 'vitest';
import { encryptWith, KeysSchema } from './encrypt-with.ts';

const none = { key: '', resource: 'none' };
const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const keysWith = (auditTable: string) => ({
  managementCredential: none,
  managedSecrets: none,
  auditTable: { key: auditTable, resource: 'AuditTable' },
  deadLetters: none,
  logs: { key: '' },
});
const roleWith = (Action: string) => ({
  RotateIamRoleLambdaExecution: {
    Type: 'AWS::IAM::Role',
    Properties: {
      Policies: [
        {
          PolicyDocument: {
            Statement: [{ Effect: 'Allow', Action, Resource: [{ 'Fn::GetAtt': ['AuditTable', 'Arn'] }] }],
          },
        },
      ],
    },
  },
});

it('an action whose calls of KMS are not known is refused at packaging, not by KMS at run time', () => {
  const keys = v.parse(KeysSchema, keysWith(KEY));
  expect(() => encryptWith(keys, roleWith('dynamodb:DeleteItem'))).toThrow(
    /which calls of KMS dynamodb:DeleteItem needs/,
  );
  expect(() => encryptWith(keys, roleWith('dynamodb:PutItem'))).not.toThrow();
});

it.each(['alias/keyturn', '1234abcd-12ab-34cd-56ef-1234567890ab', `${KEY} `])(
  '%s is not the ARN of a key: no policy could allow its use',
  (key) => {
    expect(v.safeParse(KeysSchema, keysWith(key)).success).toBe(false);
  },
);
