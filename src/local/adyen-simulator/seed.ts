import type { CredentialSeed } from './credentials.ts';

/** The role that Adyen requires for `generateApiKey`. */
export const GENERATE_ROLE = 'Management API—API credentials read and write';

/** The key of the management credential that Keyturn uses locally. */
export const MANAGEMENT_KEY = 'AQEmanagementKeyOfTheLocalSimulator+/0000000000==-local';
/** A working key whose API credential lacks the role to generate keys. */
export const POWERLESS_KEY = 'AQEpowerlessKeyOfTheLocalSimulator+/0000000000==-local';

/** The first keys of the API credentials that have a managed secret, by path. */
export const MANAGED_KEYS = new Map(
  [1, 2, 3, 4].map((number) => [
    `merchants/ACME_NL/apiCredentials/S2-MANAGED-${number}`,
    `AQEfirstKeyOfManaged${number}+/0000000000==-local`,
  ]),
);

const RACERS = 100;

const webshop = (path: string): CredentialSeed => ({ path, roles: ['Checkout webservice role'] });

/** The simulator's API credentials: at both levels, of two companies, and a hundred that can be rotated at once. */
export const SEED: readonly CredentialSeed[] = [
  { path: 'companies/ACME/apiCredentials/S2-MANAGEMENT', roles: [GENERATE_ROLE], key: MANAGEMENT_KEY },
  {
    path: 'companies/ACME/apiCredentials/S2-POWERLESS',
    roles: ['Management API—Accounts read'],
    key: POWERLESS_KEY,
  },
  webshop('companies/ACME/apiCredentials/S2-6D657263686174'),
  webshop('merchants/ACME_NL/apiCredentials/S2-5A4E4C0F2B3D'),
  webshop('merchants/ACME_DE/apiCredentials/S2-7B1C9D3E5F60'),
  webshop('merchants/ACMEX_NL/apiCredentials/S2-0F1E2D3C4B5A'),
  ...Array.from(MANAGED_KEYS, ([path, key]) => ({ ...webshop(path), key })),
  { ...webshop('merchants/ACME_NL/apiCredentials/S2-INACTIVE'), active: false },
  {
    ...webshop('merchants/ACME_NL/apiCredentials/S2-ADDRESSES'),
    allowedIpAddresses: ['192.0.2.1', '198.51.100.0/24'],
  },
  ...Array.from({ length: RACERS }, (_, index) =>
    webshop(`merchants/ACME_DE/apiCredentials/S2-RACER-${String(index + 1).padStart(3, '0')}`),
  ),
];
