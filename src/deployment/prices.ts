/** List prices of us-east-1 in US dollars, without free tiers, of what grows with use. */
export const USE_PRICES = {
  lambdaRequest: 0.2 / 1e6,
  /** arm64. */
  lambdaGbSecond: 0.0000133334,
  httpApiRequest: 1 / 1e6,
  dynamoDbReadUnit: 0.125 / 1e6,
  dynamoDbWriteUnit: 0.625 / 1e6,
} as const;
