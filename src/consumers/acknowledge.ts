/** How long the call may take (ms). It is one small write. */
const TIMEOUT_MS = 5_000;

/**
 * Makes the call by which a consumer says which key it uses. The promise is rejected if the key could not be noted.
 *
 * @param api where Keyturn responds, `https://…`
 * @param credential the path of the API credential, `merchants/ACME_NL/apiCredentials/S2-5A4E4C0F2B3D`
 * @param readToken reads an access token with the scope `apikeys:acknowledge`
 */
export function createAcknowledge({
  api,
  credential,
  consumerId,
  readToken,
}: {
  api: string;
  credential: string;
  consumerId: string;
  readToken: () => Promise<string>;
}): (keyFingerprint: string) => Promise<void> {
  return async (keyFingerprint) => {
    const response = await fetch(`${api}/v1/${credential}/consumers/${consumerId}`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${await readToken()}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ keyFingerprint }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`Keyturn has not noted the key: ${await response.text()}`);
  };
}
