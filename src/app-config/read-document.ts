import { AppConfigProvider } from '@aws-lambda-powertools/parameters/appconfig';
import type { AppConfigDataClientConfig } from '@aws-sdk/client-appconfigdata';

/** The shortest that AppConfig allows (s); it refuses a client that asks more often than it said it would. */
const POLL_INTERVAL_S = 15;

/**
 * Makes the reader of one configuration profile. It gives the same bytes as long as AppConfig has no others, and throws an
 * error with AWS's name for the reason and no more.
 *
 * @param profile names or ids
 */
export function createReadDocument(
  { application, environment, profile }: Readonly<Record<'application' | 'environment' | 'profile', string>>,
  clientConfig: AppConfigDataClientConfig,
): () => Promise<Uint8Array> {
  let provider: AppConfigProvider | undefined;

  return async () => {
    provider ??= new AppConfigProvider({ application, environment, clientConfig });
    try {
      const document = await provider.get(profile, {
        forceFetch: true,
        sdkOptions: { RequiredMinimumPollIntervalInSeconds: POLL_INTERVAL_S },
      });
      if (document) return document;
    } catch (error) {
      // The provider keeps the token of its session, which is good for one call: after a failure it may be spent.
      // docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_GetLatestConfiguration.html
      provider = undefined;
      throw new Error(`AppConfig: ${reasonOf(error)}`);
    }
    throw new Error('AppConfig: nothing was deployed to the profile yet');
  };
}

/** Powertools wraps the SDK's error, and repeats its text. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.name : 'unknown';
}
